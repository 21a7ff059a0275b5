using Hdms.Communication.Participants;
using Hdms.Contracts;
using Hdms.Kit.Http;
using Hdms.Kit.Problems;

namespace Hdms.Communication.Chat;

/// <summary>Somebody in front of a chat: all that its rules decide by (DOMAIN.md section 5, chat).</summary>
/// <param name="Membership">Of the caller; null when they have none, or it has ended.</param>
sealed record Seat(Room Room, Caller Caller, Participant? Membership)
{
    public bool IsModerator => Caller.Role == Role.Moderator;

    /// <summary>Sees everything that was ever written, taking part or not.</summary>
    public bool ReadsAll => IsModerator || Caller.IsAdmin;

    public bool IsSeen => ReadsAll || Membership is not null;

    /// <summary>From when on they see what was written; null: from the beginning.</summary>
    public DateTimeOffset? From => ReadsAll ? null : Membership?.VisibleFrom ?? DateTimeOffset.MaxValue;

    public bool Sees(MessageState message) => message.TicketId == Room.Id && IsSeen && !(message.CreatedAt < From);

    /// <exception cref="Refusal">403: they see the ticket, but take no part; 404: they may not know of it.</exception>
    public Seat MustSee()
    {
        if (IsSeen)
        {
            return this;
        }

        throw Caller is { Role: Role.Assignee, DepartmentId: { } department } && department == Room.DepartmentId
            ? Refusal.Forbidden("You take no part in this ticket; a moderator can add you.")
            : Refusal.NotFound("ticket");
    }

    /// <exception cref="Refusal">As <see cref="MustSee"/>; 403 for admins, who only read where they take no part.</exception>
    public Seat MustTakePart()
    {
        MustSee();
        return Caller.IsAdmin && Membership is null ? throw Refusal.Forbidden("Admins read chats, and write nothing in those of others.") : this;
    }

    /// <exception cref="Refusal">As <see cref="MustSee"/>; 403 for everybody but moderators.</exception>
    public Seat MustModerate()
    {
        MustSee();
        return IsModerator ? this : throw Refusal.Forbidden("Only a moderator does this.");
    }

    /// <param name="session">The one to which belongs what is to be changed.</param>
    /// <exception cref="Refusal">409 <c>chat_closed</c>.</exception>
    public void MustBeOpen(int session)
    {
        if (!Room.IsOpen || session != Room.Generation)
        {
            throw new Refusal(Codes.ChatClosed, Room.IsOpen
                ? $"This belongs to session {session}, which ended when the ticket was reopened. It can only be read."
                : $"The ticket is {Room.Status.Word()}; its chat can only be read.");
        }
    }
}
