"""Settings: from the environment, and secrets from files."""

from pathlib import Path
from typing import ClassVar

import pytest

from shared.settings import ApiSettings, SettingsError, load


class ShopSettings(ApiSettings):
    service: ClassVar[str] = "shop"
    port: int = 8089


@pytest.fixture(autouse=True)
def bare(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("KAFKA", "REDIS", "HOST", "PORT", "LOG_LEVEL", "SECRETS"):
        monkeypatch.delenv(f"ASHIATO_{name}", raising=False)


def test_defaults_fit_the_local_stack() -> None:
    settings = load(ShopSettings)
    assert (settings.kafka, settings.host, settings.port) == ("127.0.0.1:9092", "127.0.0.1", 8089)


def test_a_services_own_name_goes_before_the_common_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ASHIATO_REDIS", "redis://common")
    assert load(ShopSettings).redis == "redis://common"
    monkeypatch.setenv("ASHIATO_SHOP_REDIS", "redis://own")
    assert load(ShopSettings).redis == "redis://own"


def test_secrets_come_from_files(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "ashiato_redis").write_text("redis://:secret@127.0.0.1\n")
    monkeypatch.setenv("ASHIATO_SECRETS", str(tmp_path))
    settings = load(ShopSettings)
    assert settings.redis == "redis://:secret@127.0.0.1"
    assert "secret" not in repr(settings)


def test_a_wrong_setting_is_named_and_its_value_kept_quiet(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ASHIATO_SHOP_PORT", "hunter2")
    with pytest.raises(SettingsError) as refused:
        load(ShopSettings)
    assert "ASHIATO_SHOP_PORT" in str(refused.value)
    assert "hunter2" not in str(refused.value)


def test_a_folder_that_is_not_there_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("ASHIATO_SECRETS", str(tmp_path / "none"))
    with pytest.raises(SettingsError, match="ASHIATO_SECRETS"):
        load(ShopSettings)
