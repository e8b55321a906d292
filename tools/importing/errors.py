"""What can be wrong with an import. Messages are one line and say what to mend.

ImportFault
├── BadMapping      the mapping is no mapping, or does not fit the file
└── BadFile         the file cannot be read as a table
BadRow              one row says nothing we can use: it is set aside and the others go on
"""


class ImportFault(Exception):
    """The import cannot begin; nothing was sent."""


class BadMapping(ImportFault):
    """The mapping is no mapping, or it does not fit the file."""


class BadFile(ImportFault):
    """The file cannot be read as a table."""


class BadRow(Exception):
    """One row says nothing that we can use."""
