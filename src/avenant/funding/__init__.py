"""The funding story: a call opens, an establishment files a dossier, institutions examine it, grants are decided and paid."""
