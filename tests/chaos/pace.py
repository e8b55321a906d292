"""How long our processes wait, in the rounds. Real settings are several times longer."""

from typing import Final

# A round waits for a dead member's session to end, and for the front door to say that Kafka does not answer.
SESSION_S: Final = 3
PACE: Final = {"ASHIATO_SESSION_TIMEOUT": f"PT{SESSION_S}S", "ASHIATO_ROUTING_ANSWER_WITHIN": "PT2S"}
