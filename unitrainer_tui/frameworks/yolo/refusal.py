"""The one way in which the script says that a job cannot be done."""


class Refused(Exception):
    """The job cannot be done as asked. One sentence: what, where, what to do."""
