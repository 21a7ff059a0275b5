using Hdms.Communication.Demo;
using Hdms.Communication.Notifications;
using Hdms.Communication.Participants;
using Hdms.Contracts;
using Hdms.Kit.Database;
using Hdms.Kit.Feeds;

namespace Hdms.Communication.Chat;

/// <summary>
/// Hears of tickets: what their chats need to know of them, who takes part, what is said in the chat by an action, and who is told. All
/// of it in one order, that of the tickets service's log; what comes again was heard already, and changes nothing.
/// </summary>
sealed class FollowTickets(DemoTalk demo)
{
    public void Handle(FeedHandlers on)
    {
        Hear<TicketSubmitted>(); Hear<TicketEdited>(); Hear<TicketEnqueued>(); Hear<TicketReviewStarted>(); Hear<TicketClarificationRequested>();
        Hear<TicketClarified>(); Hear<TicketAssigned>(); Hear<TicketQueued>(); Hear<TicketRejected>(); Hear<TicketAcknowledged>();
        Hear<TicketAcknowledgedByTeam>(); Hear<TicketStarted>(); Hear<TicketProgressed>(); Hear<TicketReassigned>(); Hear<TicketApprovalRequested>();
        Hear<TicketApproved>(); Hear<TicketApprovalRejected>(); Hear<TicketChangesRequested>(); Hear<TicketApprovalWithdrawn>(); Hear<TicketResolved>();
        Hear<TicketConfirmed>(); Hear<TicketReworked>(); Hear<TicketClosed>(); Hear<TicketForceCloseRequested>(); Hear<TicketPostponed>();
        Hear<TicketRestarted>(); Hear<TicketReopenRequested>(); Hear<TicketReopened>(); Hear<TicketUndone>(); Hear<TicketRestored>();
        Hear<TicketSlaChanged>(); Hear<TicketSlaAnswered>(); Hear<TicketReturnedToQueue>(); Hear<TicketMerged>(); Hear<TicketSubTicketsChanged>();
        Hear<TicketRequestsChanged>(); Hear<TicketTagged>(); Hear<TicketImported>();
        HearPart<SubTicketCreated>(); HearPart<SubTicketStarted>(); HearPart<SubTicketProgressed>(); HearPart<SubTicketResolved>();
        HearPart<SubTicketClosed>(); HearPart<SubTicketReopened>(); HearPart<SubTicketReassigned>();
        HearApproval<ApprovalRequested>(); HearApproval<ApprovalActivated>();
        on.Event<TicketAlerted>(AlertAsync);

        void Hear<T>()
            where T : TicketState => on.Event<T>(TicketAsync);

        void HearPart<T>()
            where T : SubTicketState => on.Event<T>(PartAsync);

        void HearApproval<T>()
            where T : ApprovalState => on.Event<T>(ApprovalAsync);
    }

    async Task TicketAsync(UnitOfWork unit, TicketState ticket, FeedEvent e)
    {
        // A draft is its owner's alone.
        if (ticket.Status == TicketStatus.Draft)
        {
            return;
        }

        var before = await RoomTable.Rows.FindAsync(unit, "WHERE r.id = @Id FOR UPDATE", new { ticket.Id });
        if (before is not null && (e.At <= before.Heard || CameWithIt(before, ticket, e)))
        {
            return;
        }

        var room = await RoomTable.SaveAsync(unit, before, Heard(before, ticket, e), e.Type);
        await TakePartAsync(unit, before, room, ticket, e);
        await SayAsync(unit, room, ticket, e);
        var circle = await Circle.OfAsync(unit, room);
        foreach (var news in TicketNews.Of(ticket, before, circle))
        {
            await TellAsync(unit, news, $"{room.Number}", room, Facts(room, e), e, together: ticket is TicketProgressed ? CommunicationRules.ProgressTogether : null);
        }

        await demo.AfterAsync(unit, room, ticket, e);
    }

    /// <summary>A chat that came from the old system, of which nothing was heard yet, knows of its ticket what the import tells.</summary>
    static bool CameWithIt(Room room, TicketState ticket, FeedEvent e) => room.HeardEpoch == 0 && ticket is TicketImported && room.TicketVersion >= e.Streamversion;

    static Room Heard(Room? before, TicketState t, FeedEvent e) => new()
    {
        Id = t.Id,
        Number = t.Number,
        Title = t.Title,
        Status = t.Status,
        Priority = t.Priority,
        Generation = t.Generation,
        ProgressPercent = t.ProgressPercent,
        RequesterId = t.RequesterId,
        DepartmentId = t.DepartmentId,
        AssigneeId = t.AssigneeId,
        ClaimedBy = t.ClaimedBy,
        Approvers = t.Approvers,
        SubTicketHeads = t.SubTicketHeads,
        HeardEpoch = e.At.Epoch,
        HeardPosition = e.At.Position,
        TicketVersion = e.Streamversion,
        IsDeleted = t.IsDeleted,
        DeletedAt = t.DeletedAt,
        CreatedAt = before?.CreatedAt ?? e.Time,
        UpdatedAt = e.Time,
    };

    static async Task TakePartAsync(UnitOfWork unit, Room? before, Room room, TicketState ticket, FeedEvent e)
    {
        if (ticket is TicketUndone)
        {
            await UndoAsync(unit, before!, e);
        }

        foreach (var step in Membership.Follow(before, room, await ParticipantTable.LiveAsync(unit, room.Id), undone: ticket is TicketRestored))
        {
            await ((step.Who, step.Role) switch
            {
                (null, { } role) => ParticipantTable.JoinAsync(unit, room.Id, step.User, role, e.Time),
                ({ } who, { } role) => ParticipantTable.SaveAsync<ParticipantChanged>(unit, who, Membership.Become(who, role, e.Time)),
                ({ } who, null) => ParticipantTable.LeaveAsync(unit, who, e.Time),
                _ => throw new InvalidOperationException("A step that is none."),
            });
        }
    }

    /// <summary>The undone action is the last that was heard of.</summary>
    static async Task UndoAsync(UnitOfWork unit, Room before, FeedEvent e)
    {
        var rows = await ParticipantTable.Rows.QueryAsync(
            unit,
            """
            WHERE r.ticket_id = @Id AND NOT r.is_deleted AND (r.left_at IS NULL OR r.left_at = @UpdatedAt OR r.joined_at > @UpdatedAt)
            ORDER BY r.id FOR UPDATE
            """,
            new { before.Id, before.UpdatedAt });
        foreach (var (was, becomes) in Membership.Undo(rows, before.UpdatedAt, e.Time))
        {
            await (becomes.LeftAt is not null
                ? ParticipantTable.SaveAsync<ParticipantLeft>(unit, was, becomes)
                : was.LeftAt is not null ? ParticipantTable.SaveAsync<ParticipantRestored>(unit, was, becomes) : ParticipantTable.SaveAsync<ParticipantChanged>(unit, was, becomes));
        }
    }

    /// <summary>A question and its answer are part of the talk.</summary>
    static Task SayAsync(UnitOfWork unit, Room room, TicketState ticket, FeedEvent e) => ticket switch
    {
        TicketClarificationRequested { Question.Length: > 0 } asked => MessageTable.PostAsync(unit, room, e.Actorid ?? room.RequesterId, asked.Question, [], e.Time, isSystem: true),
        TicketClarified { Answer.Length: > 0 } answered => MessageTable.PostAsync(unit, room, e.Actorid ?? room.RequesterId, answered.Answer, [], e.Time, isSystem: true),
        _ => Task.CompletedTask,
    };

    static async Task PartAsync(UnitOfWork unit, SubTicketState sub, FeedEvent e)
    {
        if (await RoomTable.Rows.FindAsync(unit, "WHERE r.id = @ParentTicketId", new { sub.ParentTicketId }) is not { } room)
        {
            return;
        }

        var circle = await Circle.OfAsync(unit, room);
        var facts = Facts(room, e) with { SubTicketId = sub.Id, Number = sub.Number, Status = null, ProgressPercent = sub.ProgressPercent };
        foreach (var news in TicketNews.Of(sub, circle))
        {
            await TellAsync(unit, news, sub.Number, room, facts, e, about: sub.Title, together: sub is SubTicketProgressed ? CommunicationRules.ProgressTogether : null);
        }
    }

    static async Task ApprovalAsync(UnitOfWork unit, ApprovalState approval, FeedEvent e)
    {
        if (approval.ActiveAt is null || await RoomTable.Rows.FindAsync(unit, "WHERE r.id = @TicketId", new { approval.TicketId }) is not { } room)
        {
            return;
        }

        await TellAsync(
            unit, new News([approval.ApproverId], NotificationType.ApprovalRequested, "waits for your approval", approval.Reason), $"{room.Number}", room,
            Facts(room, e) with { ApprovalId = approval.Id, DueAt = approval.DueAt }, e);
    }

    static async Task AlertAsync(UnitOfWork unit, TicketAlerted alert, FeedEvent e)
    {
        if (await RoomTable.Rows.FindAsync(unit, "WHERE r.id = @TicketId", new { alert.TicketId }) is not { } room)
        {
            return;
        }

        var facts = Facts(room, e) with { Cause = alert.Kind.Word(), ActorId = null, DueAt = alert.DueAt };
        foreach (var news in TicketNews.Of(alert, await Circle.OfAsync(unit, room)))
        {
            await TellAsync(unit, news, $"{room.Number}", room, facts, e);
        }
    }

    static NotificationFacts Facts(Room room, FeedEvent e) => new(e.Type, e.Actorid, room.Number, room.Status, room.ProgressPercent);

    static Task TellAsync(
        UnitOfWork unit, News news, string number, Room room, NotificationFacts facts, FeedEvent e, string? about = null, TimeSpan? together = null) => Notifier.TellAsync(
        unit,
        new Told(
            news.To, news.Type, $"{number} {news.Says}", string.IsNullOrWhiteSpace(news.Detail) ? about ?? room.Title : $"{about ?? room.Title}\n{news.Detail}",
            facts, room.Id, e.Id, e.Time)
        {
            Together = together,
        });
}
