using Hdms.Communication.Chat;
using Hdms.Communication.Participants;
using Hdms.Contracts;
using Hdms.Kit.Http;
using Hdms.Kit.Problems;

namespace Hdms.Communication.Tests.Chat;

/// <summary>Who sees and writes what, as a table: role by participation by part of the history by session.</summary>
public sealed class VisibilityTests
{
    static readonly DateTimeOffset Joined = new(2026, 1, 5, 12, 0, 0, TimeSpan.Zero);
    static readonly Guid Me = Guid.NewGuid();
    static readonly Guid Department = Guid.NewGuid();

    public enum Part
    {
        None,
        Live,
        Shared,
    }

    public static TheoryData<Role, Part, bool, TicketStatus, int> Table()
    {
        var table = new TheoryData<Role, Part, bool, TicketStatus, int>();
        foreach (var role in Enum.GetValues<Role>())
            foreach (var part in Enum.GetValues<Part>())
                foreach (var before in new[] { true, false })
                    foreach (var status in new[] { TicketStatus.InProgress, TicketStatus.Postponed, TicketStatus.Resolved, TicketStatus.Closed, TicketStatus.Rejected })
                        foreach (var session in new[] { 1, 2 })
                            table.Add(role, part, before, status, session);
        return table;
    }

    [Theory]
    [MemberData(nameof(Table))]
    public void A_message_is_seen_and_changed_by_the_rules(Role role, Part part, bool before, TicketStatus status, int session)
    {
        var room = new Room { Id = Guid.NewGuid(), Status = status, Generation = 2, RequesterId = Guid.NewGuid(), DepartmentId = Department };
        var membership = part == Part.None ? null : new Participant { TicketId = room.Id, UserId = Me, JoinedAt = Joined, VisibleFrom = part == Part.Shared ? DateTimeOffset.MinValue : Joined };
        var seat = new Seat(room, new Caller { UserId = Me, Role = role }, membership);
        var message = new ChatMessage { TicketId = room.Id, SessionNo = session, CreatedAt = before ? Joined.AddMinutes(-1) : Joined };

        var readsAll = role is Role.Moderator or Role.Admin;
        seat.Sees(message).ShouldBe(readsAll || part == Part.Shared || (part == Part.Live && !before));
        seat.Sees(message with { TicketId = Guid.NewGuid() }).ShouldBeFalse("it is in another ticket");
        Refused(() => seat.MustSee()).ShouldBe(readsAll || part != Part.None ? null : Codes.NotFound);
        Refused(() => seat.MustTakePart()).ShouldBe(role == Role.Admin && part == Part.None ? Codes.Forbidden : readsAll || part != Part.None ? null : Codes.NotFound);
        Refused(() => seat.MustModerate()).ShouldBe(role == Role.Moderator ? null : readsAll || part != Part.None ? Codes.Forbidden : Codes.NotFound);
        Refused(() => seat.MustBeOpen(session)).ShouldBe(session == 2 && status is not (TicketStatus.Closed or TicketStatus.Rejected) ? null : Codes.ChatClosed);
    }

    [Fact]
    public void The_head_of_the_tickets_department_may_know_of_it_without_taking_part()
    {
        var room = new Room { Id = Guid.NewGuid(), Status = TicketStatus.Pending, RequesterId = Guid.NewGuid(), DepartmentId = Department };

        Refused(() => new Seat(room, new Caller { UserId = Me, Role = Role.Assignee, DepartmentId = Department }, null).MustSee()).ShouldBe(Codes.Forbidden);
        Refused(() => new Seat(room, new Caller { UserId = Me, Role = Role.Assignee, DepartmentId = Guid.NewGuid() }, null).MustSee()).ShouldBe(Codes.NotFound);
        Refused(() => new Seat(room, new Caller { UserId = Me, Role = Role.Requester, DepartmentId = Department }, null).MustSee()).ShouldBe(Codes.NotFound);
    }

    static ProblemCode? Refused(Action act)
    {
        try
        {
            act();
            return null;
        }
        catch (Refusal refusal)
        {
            return refusal.Code;
        }
    }
}
