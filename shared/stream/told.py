"""What may be told of an error in a log."""

from shared.event_log.log import LogUnavailable
from shared.projection import ProjectionError
from shared.stream.errors import EngineError


def where(error: BaseException) -> str:
    """module:line of the innermost frame. Messages of foreign errors may quote what a customer said; this cannot."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    return "" if trace is None else f"{trace.tb_frame.f_globals.get('__name__', '?')}:{trace.tb_lineno}"


def detail(error: BaseException) -> str:
    """Our own errors quote nobody; of others nothing is told."""
    ours = isinstance(error, EngineError | ProjectionError | LogUnavailable)
    return str(error) if ours else ""
