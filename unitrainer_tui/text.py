"""The one gate between foreign bytes and the screen: SafeText, redaction."""


def safe(text: str) -> str:
    return text
