"""What the training scripts have in common. Each framework's folder holds links to the modules that it uses, so that a
folder is whole where it stands, in a wheel and on the host."""
