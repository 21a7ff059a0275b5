using Hdms.Contracts;

namespace Hdms.Tickets.Demo;

/// <summary>Who of the demo organisation does what.</summary>
sealed class DemoOffice(IReadOnlyList<DemoColleague> people)
{
    static readonly string[] Busy = ["IT", "IT", "IT", "BMT", "BMT", "DEV", "DEV", "FIN", "PRC", "ARC", "ADM"];

    readonly Dictionary<string, DemoColleague> _heads = people.Where(p => p.Role == Role.Assignee).ToDictionary(p => p.Department, StringComparer.Ordinal);

    public IReadOnlyList<DemoColleague> Moderators { get; } = [.. people.Where(p => p.Role == Role.Moderator)];

    public IReadOnlyList<DemoColleague> Requesters { get; } = [.. people.Where(p => p is { Role: Role.Requester, IsCeo: false, IsApprover: false })];

    /// <summary>Those of finance; the last word is the CEO's.</summary>
    public IReadOnlyList<DemoColleague> Approvers { get; } = [.. people.Where(p => p is { IsApprover: true, IsCeo: false })];

    public DemoColleague Ceo { get; } = people.First(p => p.IsCeo);

    public static string Department(Random random) => Busy[random.Next(Busy.Length)];

    public DemoColleague HeadOf(string department) => _heads[department];

    /// <summary>Whether there is everybody whom the tickets need.</summary>
    public static bool IsWhole(IReadOnlyList<DemoColleague> people) =>
        people.Any(p => p.IsCeo)
        && people.Count(p => p is { IsApprover: true, IsCeo: false }) >= 2
        && people.Any(p => p.Role == Role.Moderator)
        && people.Any(p => p is { Role: Role.Requester, IsCeo: false, IsApprover: false })
        && DemoTexts.Of.Keys.All(d => people.Any(p => p.Role == Role.Assignee && p.Department == d));
}
