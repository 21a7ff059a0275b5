using FsCheck;
using FsCheck.Fluent;
using Hdms.Communication.Chat;
using Hdms.Communication.Participants;
using Hdms.Contracts;

namespace Hdms.Communication.Tests.Participants;

/// <summary>Memberships over any course of a ticket: assignments, sub-tickets, approvers, reopenings, undone actions, and moderators who add and remove.</summary>
public sealed class MembershipPropertyTests
{
    static readonly Guid Requester = Guid.NewGuid();
    static readonly Guid[] People = [.. Enumerable.Range(0, 6).Select(_ => Guid.NewGuid())];

    public enum Kind
    {
        Assign,
        Unassign,
        Claim,
        Parts,
        Approvers,
        Reopen,
        UndoableAssign,
        Undo,
        Add,
        Remove,
        Nothing,
    }

    public sealed record Step(Kind Kind, int Who, int Other);

    [Fact]
    public void Nobody_has_two_memberships_at_once_and_requester_and_head_always_have_one() => Run(state =>
    {
        state.Live.Select(p => p.UserId).ShouldBeUnique();
        state.Live.ShouldContain(p => p.UserId == Requester && p.RoleInTicket == RoleInTicket.Requester);
        if (state.Room.AssigneeId is { } head)
            state.Live.Single(p => p.UserId == head).RoleInTicket.ShouldBe(RoleInTicket.Assignee);
        state.Live.Count(p => p.RoleInTicket == RoleInTicket.Assignee).ShouldBeLessThanOrEqualTo(1);
    });

    [Fact]
    public void The_memberships_of_one_person_never_overlap() => Run(state =>
    {
        foreach (var theirs in state.All.GroupBy(p => p.UserId))
        {
            var intervals = theirs.OrderBy(p => p.JoinedAt).ThenBy(p => p.LeftAt ?? DateTimeOffset.MaxValue).ToList();
            for (var n = 1; n < intervals.Count; n++)
                (intervals[n - 1].LeftAt ?? DateTimeOffset.MaxValue).ShouldBeLessThanOrEqualTo(intervals[n].JoinedAt);
        }
    });

    [Fact]
    public void What_comes_again_changes_nothing() => Run(state => Membership.Follow(state.Room, state.Room, state.Live).ShouldBeEmpty());

    [Fact]
    public void Undone_an_assignment_leaves_everybody_as_they_were() => Check.One(
        Config.QuickThrowOnFailure.WithMaxTest(500),
        Prop.ForAll(Steps(), steps =>
        {
            var state = new State();
            state.Play(steps);
            var before = Shown(state);
            state.Assign(People.Concat(People).Skip(steps.Length % People.Length).First(p => p != state.Room.AssigneeId));
            state.Undo();
            Shown(state).ShouldBe(before);
        }));

    static string Shown(State state) => string.Join('\n', state.Live.OrderBy(p => p.UserId).Select(p => $"{p.UserId} {p.RoleInTicket} {p.VisibleFrom:O} {p.LastReadMessageId}"));

    static void Run(Action<State> holds) => Check.One(
        Config.QuickThrowOnFailure.WithMaxTest(500),
        Prop.ForAll(Steps(), steps =>
        {
            var state = new State();
            foreach (var step in steps)
            {
                state.Play(step);
                holds(state);
            }
        }));

    static Arbitrary<Step[]> Steps() =>
        (from kind in Gen.Elements(Enum.GetValues<Kind>()) from who in Gen.Choose(0, People.Length - 1) from other in Gen.Choose(0, People.Length - 1) select new Step(kind, who, other))
        .ArrayOf().ToArbitrary();

    /// <summary>A ticket and its memberships, in memory: what the follower does with rows.</summary>
    sealed class State
    {
        DateTimeOffset _now = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
        (Room Before, DateTimeOffset At)? _undoable;

        public State() => Follow(null, Room);

        public Room Room { get; private set; } = new() { Id = Guid.NewGuid(), Status = TicketStatus.InProgress, RequesterId = Requester };

        public List<Participant> All { get; } = [];

        public List<Participant> Live => [.. All.Where(p => p.LeftAt is null)];

        public void Play(IEnumerable<Step> steps)
        {
            foreach (var step in steps)
                Play(step);
        }

        public void Play(Step step)
        {
            var (who, other) = (People[step.Who], People[step.Other]);
            switch (step.Kind)
            {
                case Kind.Assign or Kind.UndoableAssign:
                    Assign(who);
                    break;
                case Kind.Unassign:
                    Become(Room with { AssigneeId = null });
                    break;
                case Kind.Claim:
                    Become(Room with { ClaimedBy = who });
                    break;
                case Kind.Parts:
                    Become(Room with { SubTicketHeads = [who, other] });
                    break;
                case Kind.Approvers:
                    Become(Room with { Approvers = [who, other] });
                    break;
                case Kind.Reopen:
                    Become(Room with { Generation = Room.Generation + 1, AssigneeId = null, ClaimedBy = null, Approvers = [] });
                    break;
                case Kind.Undo:
                    Undo();
                    break;
                case Kind.Add when Live.TrueForAll(p => p.UserId != who):
                    Tick();
                    Join(who, RoleInTicket.Watcher, addedBy: Guid.NewGuid());
                    break;
                case Kind.Remove when Live.Find(p => p.UserId == who) is { } there && who != Room.AssigneeId:
                    Put(there, there with { LeftAt = Tick(), RemovedBy = Guid.NewGuid() });
                    break;
            }
        }

        public void Assign(Guid head)
        {
            if (head == Room.AssigneeId)
                return;
            var before = Room;
            Become(Room with { AssigneeId = head });
            _undoable = (before, _now);
        }

        public void Undo()
        {
            if (_undoable is not { } action)
                return;
            Tick();
            foreach (var (was, becomes) in Membership.Undo([.. All], action.At, _now))
                Put(was, becomes);
            Become(action.Before, undone: true);
        }

        void Become(Room now, bool undone = false)
        {
            _undoable = null;
            Follow(Room, now, undone);
            Room = now;
        }

        void Follow(Room? before, Room now, bool undone = false)
        {
            Tick();
            foreach (var step in Membership.Follow(before, now, Live, undone))
            {
                if (step.Who is { } who)
                    Put(who, step.Role is { } role ? Membership.Become(who, role, _now) : who with { LeftAt = _now });
                else
                    Join(step.User, step.Role!.Value);
            }
        }

        void Join(Guid user, RoleInTicket role, Guid? addedBy = null) => All.Add(new Participant
        {
            Id = Guid.NewGuid(), UserId = user, RoleInTicket = role, JoinedAt = _now, VisibleFrom = _now, AddedBy = addedBy, LastReadMessageId = Guid.NewGuid(),
        });

        void Put(Participant before, Participant after) => All[All.FindIndex(p => p.Id == before.Id)] = after;

        DateTimeOffset Tick() => _now = _now.AddSeconds(1);
    }
}
