"""People who log in to a test's region."""
import zlib

GOOD, NEW = "correct horse battery", "staple of another kind"


def add_user(region, login):
    region.admin("user", "add", login, "--role", "REGIONAL_COORDINATOR", "--region", region.id, "--name", "Kari", "--password-stdin", input=GOOD)
    return login


def login_of(test):
    """Names share budgets by their hash: these do not, so they are the same in each run."""
    return f"user_{zlib.crc32(test.encode())}"
