"""What is half set is refused at the start, in one line that names what to mend and never a value."""

from pathlib import Path

import pytest
import trustme

from shared.event_log.security import kafka_security
from shared.projection.connection import redis_security
from shared.settings import Settings, SettingsError, load


@pytest.fixture(autouse=True)
def bare(monkeypatch: pytest.MonkeyPatch) -> None:
    for field in Settings.model_fields:
        monkeypatch.delenv(f"ASHIATO_{field.upper()}", raising=False)


@pytest.fixture
def authorities(tmp_path: Path) -> str:
    file = tmp_path / "ca.crt"
    trustme.CA().cert_pem.write_to_path(str(file))
    return str(file)


def with_settings(monkeypatch: pytest.MonkeyPatch, **settings: str) -> Settings:
    for name, value in settings.items():
        monkeypatch.setenv(f"ASHIATO_{name}", value)
    return load(Settings)


def test_an_unguarded_stack_needs_nothing() -> None:
    settings = load(Settings)
    assert kafka_security(settings) == {}
    assert redis_security(settings.redis, settings.redis_ca) == {}


def test_a_user_logs_in_over_tls(monkeypatch: pytest.MonkeyPatch, authorities: str) -> None:
    settings = with_settings(monkeypatch, KAFKA_USER="u", KAFKA_PASSWORD="hunter2", KAFKA_CA=authorities)  # noqa: S106
    given = kafka_security(settings)
    context = given.pop("ssl_context")
    assert context.check_hostname
    assert len(context.get_ca_certs()) == 1
    assert given == {
        "security_protocol": "SASL_SSL",
        "sasl_mechanism": "SCRAM-SHA-512",
        "sasl_plain_username": "u",
        "sasl_plain_password": "hunter2",
    }
    assert "hunter2" not in repr(settings)


def test_tls_without_a_user(monkeypatch: pytest.MonkeyPatch, authorities: str) -> None:
    assert kafka_security(with_settings(monkeypatch, KAFKA_CA=authorities))["security_protocol"] == "SSL"


def test_redis_over_tls_checks_who_answers(monkeypatch: pytest.MonkeyPatch, authorities: str) -> None:
    settings = with_settings(monkeypatch, REDIS="rediss://u:p@h:6379/0", REDIS_CA=authorities)
    assert redis_security(settings.redis, settings.redis_ca) == {
        "ssl_cert_reqs": "required",
        "ssl_check_hostname": True,
        "ssl_ca_certs": authorities,
    }


def test_authorities_of_a_store_that_a_process_does_not_have(monkeypatch: pytest.MonkeyPatch, authorities: str) -> None:
    """The manifests hand them to all."""
    assert with_settings(monkeypatch, REDIS_CA=authorities).redis_ca == Path(authorities)


@pytest.mark.parametrize(
    ("named", "settings"),
    [
        ("ASHIATO_KAFKA_PASSWORD is not", {"KAFKA_USER": "hunter2"}),
        ("ASHIATO_KAFKA_USER is not", {"KAFKA_PASSWORD": "hunter2"}),
        ("set ASHIATO_KAFKA_USER", {"KAFKA_SECURITY": "SASL_SSL"}),
        ("ASHIATO_KAFKA_USER", {"KAFKA_USER": "", "KAFKA_PASSWORD": ""}),
        ("knows no user", {"KAFKA_SECURITY": "SSL", "KAFKA_USER": "u", "KAFKA_PASSWORD": "hunter2"}),
        ("knows no user", {"KAFKA_SECURITY": "PLAINTEXT", "KAFKA_USER": "u", "KAFKA_PASSWORD": "hunter2"}),
        ("ASHIATO_KAFKA_SECURITY", {"KAFKA_SECURITY": "SASL_PLAINTEXT", "KAFKA_USER": "u", "KAFKA_PASSWORD": "p"}),
        ("ASHIATO_KAFKA_MECHANISM", {"KAFKA_MECHANISM": "PLAIN"}),
        ("ASHIATO_KAFKA_CA", {"KAFKA_CA": "/nowhere/ca.crt"}),
        ("holds no certificates", {"KAFKA_CA": __file__}),
        ("take ASHIATO_KAFKA_CA away", {"KAFKA_SECURITY": "PLAINTEXT", "KAFKA_CA": "AUTHORITIES"}),
        ("rediss://", {"REDIS": "redis://:hunter2@h:6379/0", "REDIS_CA": "AUTHORITIES"}),
        ("percent-encoded", {"REDIS": "redis://u:hunter2#@h:6379/0"}),
        ("no address", {"REDIS": "hunter2"}),
        ("must not say how", {"REDIS": "rediss://u:hunter2@h:6379/0?ssl_cert_reqs=none"}),
    ],
)
def test_what_does_not_fit_together_is_one_line(
    named: str, settings: dict[str, str], monkeypatch: pytest.MonkeyPatch, authorities: str
) -> None:
    given = {name: authorities if value == "AUTHORITIES" else value for name, value in settings.items()}
    with pytest.raises(SettingsError) as refused:
        with_settings(monkeypatch, **given)
    assert named in str(refused.value)
    assert "\n" not in str(refused.value)
    assert "hunter2" not in str(refused.value)
