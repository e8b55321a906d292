def main(*, allow_not_run: bool) -> int:
    return 0
