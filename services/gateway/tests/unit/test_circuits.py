from ventros_gateway.circuits import FAILURES, FIRST_REST, LONGEST_REST, Circuit


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def opened(clock: Clock) -> Circuit:
    circuit = Circuit(clock)
    for _ in range(FAILURES):
        assert circuit.admit() == 0
        circuit.failed()
        circuit.released()
    return circuit


def test_it_opens_after_failures_in_a_row_and_says_when_to_come_again() -> None:
    clock = Clock()
    circuit = Circuit(clock)
    for _ in range(FAILURES - 1):
        circuit.failed()
    circuit.succeeded()
    for _ in range(FAILURES - 1):
        circuit.failed()
    assert circuit.admit() == 0
    circuit.failed()
    assert circuit.open
    assert circuit.admit() == FIRST_REST
    clock.now += FIRST_REST / 2
    assert circuit.admit() == FIRST_REST / 2


def test_one_probe_at_a_time_and_one_that_answers_closes() -> None:
    clock = Clock()
    circuit = opened(clock)
    clock.now += FIRST_REST
    assert circuit.admit() == 0
    assert circuit.admit() > 0
    circuit.succeeded()
    assert not circuit.open
    assert circuit.admit() == circuit.admit() == 0


def test_each_failed_probe_doubles_the_rest_up_to_a_bound() -> None:
    clock = Clock()
    circuit = opened(clock)
    rests = []
    for _ in range(8):
        clock.now += circuit.admit()
        assert circuit.admit() == 0
        circuit.failed()
        rests.append(circuit.admit())
    assert rests == [2, 4, 8, LONGEST_REST] + [LONGEST_REST] * 4


def test_a_probe_whose_client_left_lets_the_next_one_probe() -> None:
    clock = Clock()
    circuit = opened(clock)
    clock.now += FIRST_REST
    assert circuit.admit() == 0
    circuit.released()
    assert circuit.admit() == 0


def test_those_under_way_when_it_opened_do_not_lengthen_the_rest() -> None:
    clock = Clock()
    circuit = opened(clock)
    for _ in range(20):
        circuit.failed()
    assert circuit.admit() == FIRST_REST
