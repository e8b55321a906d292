"""The stories of samples/stories, and what must be seen of them (expected.json there)."""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from pydantic import BaseModel, ConfigDict, ValidationError

from tools.demo.errors import BadStories

SAMPLES: Final = Path(__file__).resolve().parents[2] / "samples" / "stories"


class _Words(BaseModel):
    model_config = ConfigDict(frozen=True)


class ExpectedFlag(_Words):
    """after_s: it must not be there earlier than so many seconds after publishing."""

    kind: str
    state: str
    severity: int
    after_s: float | None = None


class ExpectedDebt(_Words):
    promise_id: str
    outcome: str
    after_s: float | None = None


class ExpectedPromise(_Words):
    kind: str
    state: str


class ExpectedFeedback(_Words):
    thanks: int
    complaints: int


class ExpectedPicture(_Words):
    """Of one customer. situation, notices: how many."""

    flags: tuple[ExpectedFlag, ...]
    debts: tuple[ExpectedDebt, ...]
    promises: tuple[ExpectedPromise, ...]
    feedback: ExpectedFeedback
    situation: int
    notices: int


class Story(_Words):
    """customers: by customer id."""

    file: str
    title: str
    customers: dict[str, ExpectedPicture]

    @property
    def key(self) -> str:
        """S2 of s2-passed-around.jsonl."""
        return self.file.partition("-")[0].upper()


class Stories(_Words):
    """within_s: seconds after publishing until everything expected is there."""

    folder: Path
    within_s: float
    stories: tuple[Story, ...]

    @classmethod
    def read(cls, folder: Path = SAMPLES) -> "Stories":
        """Raises BadStories."""
        expected = folder / "expected.json"
        try:
            text = expected.read_text(encoding="utf-8")
            return _Expected.model_validate_json(text).of(folder)
        except OSError as error:
            raise BadStories(f"cannot read {expected}: {error.strerror}") from None
        except ValidationError as error:
            first = error.errors()[0]
            where = "/".join(map(str, first["loc"]))
            raise BadStories(f"{expected} cannot be used: {where}: {first['msg']}") from None

    @property
    def pictures(self) -> Iterator[tuple[Story, str, ExpectedPicture]]:
        """Each customer with the story it belongs to."""
        for story in self.stories:
            for customer_id, picture in story.customers.items():
                yield story, customer_id, picture

    def key_of(self, customer_id: str) -> str:
        """The story's key; nothing for a customer of somebody else's."""
        return next((story.key for story in self.stories if customer_id in story.customers), "")


class _Expected(BaseModel):
    within_s: float
    stories: tuple[Story, ...]

    def of(self, folder: Path) -> Stories:
        return Stories(folder=folder, within_s=self.within_s, stories=self.stories)
