namespace Hdms.Cli.Monolith;

/// <summary>How much there is in a monolith of some scale, and how much of it is wrong: the flaws are planted, so that whoever imports them can be checked by number.</summary>
internal sealed record MonolithPlan(double Scale)
{
    /// <summary>The old system's last day, in its own time: it does not depend on when it is made.</summary>
    public static readonly DateTime LastDay = new(2026, 6, 30, 18, 0, 0);

    /// <summary>Tickets go back so far.</summary>
    public const int Days = 900;

    public int People => Math.Max(40, (int)(2_000 * Scale));

    public int Departments => Scale < 0.1 ? 7 : 20;

    public int Tickets => Math.Max(50, (int)(100_000 * Scale));

    public int Moderators => Math.Max(3, People / 100);

    public int Approvers => Math.Max(2, People / 200);

    /// <summary>People whose address is another one's, but for capitals.</summary>
    public int EmailsByCase => Math.Max(2, People / 100);

    /// <summary>Participants of tickets that are not there.</summary>
    public int OrphanParticipants => Math.Max(3, Tickets / 1_000);

    /// <summary>The same participant of the same ticket, once more.</summary>
    public int DuplicateParticipants => Math.Max(4, Tickets / 500);

    /// <summary>Notifications about tickets that are not there.</summary>
    public int OrphanNotifications => Math.Max(5, Tickets / 500);

    /// <summary>Files of tickets that are not there.</summary>
    public int OrphanAttachments => Math.Max(2, Tickets / 2_000);

    /// <summary>Messages with control characters, CR LF and blanks at their ends.</summary>
    public int MessyMessages => Math.Max(6, Tickets / 200);

    /// <summary>Messages of 12,000 characters.</summary>
    public int LongMessages => Math.Max(2, Tickets / 5_000);

    /// <summary>Messages of blanks alone.</summary>
    public int BlankMessages => Math.Max(2, Tickets / 5_000);

    /// <summary>Closed, and nobody wrote down why.</summary>
    public int ClosedWithoutReason => Math.Max(4, Tickets / 250);

    /// <summary>Being worked on by nobody.</summary>
    public int AssignedWithoutAssignee => Math.Max(3, Tickets / 400);

    /// <summary>In a status that no program knows any more.</summary>
    public int StatusUnknown => Math.Max(2, Tickets / 5_000);

    /// <summary>Hashes with the rounds of today's Django, which take their time.</summary>
    public const int RealHashes = 3;

    /// <summary>Flaws fall on the first tickets of a kind, which are there at any scale.</summary>
    public static bool IsAmong(int nth, int flawed) => nth < flawed;
}
