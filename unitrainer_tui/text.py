"""The one gate between foreign bytes and the screen: SafeText, redaction."""
