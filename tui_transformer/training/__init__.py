"""How the models that ship come about: the corpus they learn from, and the training itself."""
