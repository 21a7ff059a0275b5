namespace Hdms.Tickets.Lifecycle;

/// <summary>What somebody is to a ticket; one person can be several.</summary>
[Flags]
enum Actor
{
    None = 0,

    /// <summary>Who typed it; drafts are theirs alone.</summary>
    Owner = 1,
    Requester = 2,

    /// <summary>The head to whom it is assigned.</summary>
    Head = 4,

    /// <summary>Belongs to the team of its department.</summary>
    TeamMember = 8,
    Moderator = 16,

    /// <summary>Whose turn it is to approve, or who stands in for them.</summary>
    Approver = 32,
    Admin = 64,

    /// <summary>The program itself: timers and what follows from other services' events.</summary>
    System = 128,
}
