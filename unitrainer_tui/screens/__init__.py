"""The screens. They know the client and the models, never a cloud or SSH."""
