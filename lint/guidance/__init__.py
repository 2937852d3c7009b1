"""The guidance as data: versions, dates in force, requirements, and what supersedes what."""
