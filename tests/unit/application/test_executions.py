"""Each command id acts once, for as long as it counts."""

from cti_adapter.application.executions import Executions


def test_same_id_of_the_same_agent_begins_once() -> None:
    executions = Executions()
    assert executions.begin("alice", "command-1", 0.0)
    assert not executions.begin("alice", "command-1", 1.0)
    assert executions.begin("bob", "command-1", 1.0), "ids are the agent's own"
    assert executions.begin("alice", "command-2", 1.0)


def test_id_counts_until_its_time_is_over() -> None:
    executions = Executions(remember_s=60)
    assert executions.begin("alice", "command-1", 100.0)
    assert not executions.begin("alice", "command-1", 160.0)
    assert executions.begin("alice", "command-1", 160.1)


def test_asking_again_does_not_make_it_count_longer() -> None:
    executions = Executions(remember_s=60)
    executions.begin("alice", "command-1", 0.0)
    executions.begin("alice", "command-1", 50.0)
    assert executions.begin("alice", "command-1", 61.0)


def test_only_so_many_are_remembered_and_the_oldest_go_first() -> None:
    executions = Executions(most=3)
    for number in range(4):
        assert executions.begin("alice", f"command-{number}", 0.0)
    assert not executions.begin("alice", "command-3", 0.0)
    assert executions.begin("alice", "command-0", 0.0)
