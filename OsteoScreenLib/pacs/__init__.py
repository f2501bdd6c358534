"""The way to and from a hospital's archive: objects stored from a queue on disk, films fetched, received and watched for."""
