"""The profile must stand before the first law is imported: laws take over what it says."""

from tests.properties import effort

effort.register()
