"""The pages: the newsroom's preview, the readers' pages, pictures and health."""
