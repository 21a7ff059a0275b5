using Hdms.Contracts;

namespace Hdms.Tickets.Demo;

/// <summary>
/// What happened in the demo organisation in its last sixty days: three hundred tickets, the same at every start but for the time.
/// How long ago each came to where it is leaves it there for a while: nothing that a timer would change at once.
/// </summary>
static class DemoPlan
{
    public const int Tickets = 300;

    /// <summary>The text of those that are raised by several people, and the first of those into which the others go.</summary>
    const int Duplicated = 5;
    const int Original = 139;

    /// <summary>A kind of ticket: how many, when the last step was and how long the story is, both in hours, and what happened.</summary>
    sealed record Kind(int Count, (double From, double To) Ago, (double From, double To) Lasts, Action<DemoStory, int> Tell, string? Department = null);

    static readonly Kind[] Kinds =
    [
        // closed
        new(32, (90, 1300), (12, 110), (s, _) => s.Raised().AtWork().Completed().Confirmed().Closed()),
        new(16, (90, 1300), (12, 100), (s, _) => s.Raised().AtWork().Progressed().Completed()),
        new(4, (60, 700), (40, 140), (s, _) => s.Raised().AtWork().Completed().Closed().Reopened(asked: true).AssignedAgain().Acknowledged().Started().Completed().Confirmed().Closed()),
        new(4, (10, 900), (20, 200), (s, n) => (n % 2 == 0 ? s.Raised().AtWork() : s.Raised().Assigned()).ForceClosed()),
        new(4, (30, 400), (50, 300), (s, _) => s.Raised().Assigned().Postponed().Closed("It is not needed any longer.")),
        new(4, (5, 120), (60, 150), (s, _) => s.Raised().AtWork().Completed().Confirmed().Closed().AskedToReopen()),

        // finance, with approvals
        new(6, (80, 900), (20, 140), (s, n) => Approve(s.Raised().AtWork().ApprovalAsked(ceo: true).Approved().ApprovedByCeo()), "FIN"),
        new(8, (1, 70), (8, 60), (s, n) => s.Raised().AtWork().ApprovalAsked(ceo: n % 2 == 0), "FIN"),
        new(4, (1, 40), (10, 60), (s, _) => s.Raised().AtWork().ApprovalAsked(ceo: true).Approved(), "FIN"),
        new(4, (2, 90), (20, 90), (s, _) => s.Raised().AtWork().Split("PRC").ApprovalAsked(ceo: true).Approved().ApprovedByCeo(), "FIN"),
        new(3, (10, 600), (20, 90), (s, _) => s.Raised().AtWork().ApprovalAsked(ceo: false).Refused(), "FIN"),
        new(2, (4, 30), (20, 60), (s, _) => s.Raised().AtWork().ApprovalAsked(ceo: false).ChangesAsked().Progressed(), "FIN"),

        // at work
        new(14, (1, 12), (3, 14), (s, _) => s.Raised().AtWork()),
        new(12, (2, 60), (20, 90), (s, _) => s.Raised().AtWork().Progressed()),
        new(6, (2, 40), (30, 90), (s, n) => s.Raised().AtWork().Split(n % 2 == 0 ? ["PRC"] : ["PRC", "BMT"]).Progressed(), "ARC"),
        new(5, (1, 30), (10, 50), (s, n) => _ = n % 3 == 0 ? s.Raised(Priority.Low).AtWork().MadeUrgent() : s.Raised(Priority.Low).AtWork().MadeUrgent().AnsweredSla(n % 3 == 1)),
        new(4, (1, 30), (10, 60), (s, n) => _ = n % 2 == 0 ? s.Raised().AtWork().AskedToPostpone() : s.Raised().AtWork().AskedForSubTicket()),
        new(4, (3, 40), (40, 110), (s, _) => s.Raised().AtWork().Completed().Closed().Reopened(asked: false).AssignedAgain().Acknowledged().Started().Progressed()),
        new(3, (2, 20), (20, 60), (s, _) => s.Raised().AtWork().Completed().Reworked()),
        new(4, (2, 30), (60, 200), (s, _) => s.Raised(about: Duplicated).Assigned().Postponed().Restarted().Acknowledged().Started(), "IT"),
        new(16, (0.5, 20), (1, 20), (s, _) => s.Raised().Assigned()),
        new(6, (26, 60), (3, 20), (s, _) => s.Raised().Assigned()),
        new(10, (0.5, 30), (3, 30), (s, _) => s.Raised().Assigned().Acknowledged()),

        // waiting for somebody
        new(10, (0.5, 60), (30, 120), (s, n) => s.Raised().AtWork().Completed().Closed().Reopened(asked: n % 2 == 0)),
        new(6, (5, 240), (10, 60), (s, _) => s.Raised().AtWork().Postponed()),
        new(5, (5, 260), (5, 40), (s, _) => s.Raised().Assigned().Acknowledged().Postponed()),
        new(3, (5, 100), (2, 20), (s, _) => s.Raised().Reviewed().Postponed()),
        new(14, (2, 55), (10, 80), (s, _) => s.Raised().AtWork().Completed()),
        new(14, (2, 50), (10, 80), (s, _) => s.Raised().AtWork().Progressed().Completed().Confirmed()),

        // before assignment
        new(10, (10, 1200), (1, 30), (s, _) => s.Raised().Rejected()),
        new(5, (3, 60), (1, 10), (s, n) => s.Raised(about: Duplicated).RejectedAs(Original + (n % 4)), "IT"),
        new(4, (3, 60), (1, 10), (s, n) => s.Raised(about: Duplicated).Reviewed().MergedInto(Original + n), "IT"),
        new(10, (0.3, 40), (0.5, 12), (s, _) => s.Raised().Reviewed()),
        new(8, (0.5, 30), (1, 12), (s, n) => _ = n % 2 == 0 ? s.Raised().Reviewed().Asked() : s.Raised().Reviewed().Asked().Clarified()),
        new(12, (0.05, 8), (0, 0), (s, _) => s.Raised()),
        new(8, (10, 70), (0, 0), (s, _) => s.Raised()),
        new(2, (1, 20), (5, 70), (s, _) => s.Raised(submit: false).Submitted()),
        new(14, (2, 130), (0, 0), (s, n) => s.Raised(submit: false, complete: n % 3 != 0)),
    ];

    /// <summary>Every step, in the order in which they happened.</summary>
    /// <param name="zone">Of the office, whose people sleep at night.</param>
    public static IReadOnlyList<DemoStep> Steps(IReadOnlyList<DemoColleague> people, DateTimeOffset now, TimeZoneInfo zone)
    {
        var office = new DemoOffice(people);
        var random = new Random(20260101);
        var steps = new List<DemoStep>();
        var ticket = 0;
        foreach (var kind in Kinds)
        {
            for (var n = 0; n < kind.Count; n++)
            {
                var story = new DemoStory(ticket++, office, random, kind.Department);
                kind.Tell(story, n);
                var to = now - TimeSpan.FromHours(Within(kind.Ago, random));
                steps.AddRange(story.Between(to - TimeSpan.FromHours(Within(kind.Lasts, random)), to, at => InTheOffice(at, now, zone)));
            }
        }

        return [.. steps.OrderBy(s => s.At).ThenBy(s => s.Ticket).ThenBy(s => s.Number)];
    }

    static double Within((double From, double To) hours, Random random) => hours.From + ((hours.To - hours.From) * random.NextDouble());

    /// <summary>The same order within the same day, but between eight and seven; today as it is, since it is not over.</summary>
    static DateTimeOffset InTheOffice(DateTimeOffset at, DateTimeOffset now, TimeZoneInfo zone)
    {
        var local = TimeZoneInfo.ConvertTime(at, zone);
        var squeezed = local.Date == TimeZoneInfo.ConvertTime(now, zone).Date ? at : at - local.TimeOfDay + TimeSpan.FromHours(8) + (local.TimeOfDay * (11.0 / 24));
        return DateTimeOffset.FromUnixTimeMilliseconds(squeezed.ToUnixTimeMilliseconds());
    }

    static DemoStory Approve(DemoStory story) => story.Chance(50) ? story.Confirmed() : story;
}
