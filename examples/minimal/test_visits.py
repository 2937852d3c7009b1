from http.client import HTTPConnection

from orchestration.running import RunningStack


def test_every_visit_is_counted(stackwright_stack: RunningStack) -> None:
    app = stackwright_stack.endpoint("app")

    def visit() -> int:
        connection = HTTPConnection(app.host, app.port, timeout=5)
        connection.request("GET", "/visits")
        count = int(connection.getresponse().read())
        connection.close()
        return count

    first = visit()
    assert visit() == first + 1
