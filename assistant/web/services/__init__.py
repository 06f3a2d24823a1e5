"""Services behind the routes: adding articles, followed feeds, background work."""
