"""Those who send and ask, in processes of their own, so that their work is not the measured one's.

Each prints one line of JSON when it is done.
"""
