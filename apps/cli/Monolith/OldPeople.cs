using System.Globalization;

namespace Hdms.Cli.Monolith;

/// <summary>A person of the old system.</summary>
internal sealed record OldPerson(long Id, string Code, string First, string Last, string Role, int? Department, string? Email, string Password, bool IsActive, bool IsAuthorized, DateTime Joined);

/// <summary>The people: heads first, one for each department, then moderators, approvers, admins, and everybody else.</summary>
internal sealed class OldPeople
{
    readonly MonolithPlan _plan;
    readonly Dice _dice;

    public OldPeople(MonolithPlan plan, Dice dice)
    {
        (_plan, _dice) = (plan, dice);
        // Hashing is all the time it takes.
        All = [.. ParallelEnumerable.Range(1, plan.People).AsOrdered().Select(Person)];
    }

    public IReadOnlyList<OldPerson> All { get; }

    public OldPerson this[long id] => All[(int)id - 1];

    public static long HeadOf(int department) => department;

    public long Moderator(Dice dice) => _plan.Departments + 1 + dice.Number("moderator", _plan.Moderators);

    public long Approver(Dice dice) => _plan.Departments + _plan.Moderators + 1 + dice.Number("approver", _plan.Approvers);

    public long Requestor(Dice dice)
    {
        var first = _plan.Departments + _plan.Moderators + _plan.Approvers + 2;
        return first + dice.Number("requestor", _plan.People - first + 1);
    }

    OldPerson Person(int id)
    {
        var dice = _dice.Of("person", id);
        var (role, department) = Place(id, dice);
        var code = string.Create(CultureInfo.InvariantCulture, $"{(department is { } d ? OldWords.Departments[d - 1].Code : "GEN")}-{id:D4}");
        var (first, last) = (dice.One("first", OldWords.FirstNames), dice.One("last", OldWords.LastNames));
        var ordinary = role == "requestor";
        return new OldPerson(
            id, code, first, last, role, department, Email(id), Hash(id, code, dice),
            IsActive: !ordinary || !dice.Happens("inactive", 0.04), IsAuthorized: !ordinary || !dice.Happens("unauthorized", 0.03),
            MonolithPlan.LastDay.AddDays(-MonolithPlan.Days - dice.Number("joined", 1500)).AddSeconds(dice.Number("second", 30_000)));
    }

    (string Role, int? Department) Place(int id, Dice dice)
    {
        if (id <= _plan.Departments)
            return ("assignee", id);
        var rest = id - _plan.Departments;
        if (rest <= _plan.Moderators)
            return ("moderator", OldWords.Departments.Select((d, i) => (d.Code, i)).First(d => d.Code == "ADM").i + 1);
        rest -= _plan.Moderators;
        if (rest <= _plan.Approvers)
            return (rest == 1 ? "ceo" : "approver", 2);
        return rest == _plan.Approvers + 1
            ? ("admin", 5)
            : (dice.Happens("analyst", 0.005) ? "analyst" : "requestor", dice.Happens("nowhere", 0.02) ? null : 1 + dice.Number("department", _plan.Departments));
    }

    // The last people have the addresses of those before them, in capitals.
    string? Email(int id)
    {
        var twins = _plan.People - _plan.EmailsByCase;
        var of = id > twins ? twins - (id - twins) + 1 : id;
        var dice = _dice.Of("person", of);
        if (id <= twins && id <= twins - _plan.EmailsByCase && dice.Happens("no mail", 0.03))
            return null;
        var address = string.Create(CultureInfo.InvariantCulture, $"{Ascii(dice.One("first", OldWords.FirstNames))}.{Ascii(dice.One("last", OldWords.LastNames))}{of}@example.org").ToLowerInvariant();
        return id > twins ? address.ToUpperInvariant() : dice.Happens("capitals", 0.2) ? $"{char.ToUpperInvariant(address[0])}{address[1..]}" : address;
    }

    static string Hash(int id, string code, Dice dice) => id switch
    {
        _ when id > 3 && id <= 3 + MonolithPlan.RealHashes => OldHash.Pbkdf2(OldHash.PasswordOf(code), OldHash.RealRounds, dice),
        _ when id % 50 == 17 => OldHash.Argon2(dice),
        _ when id % 40 == 19 => OldHash.Unusable(dice),
        _ => OldHash.Pbkdf2(OldHash.PasswordOf(code), OldHash.FewRounds, dice),
    };

    static string Ascii(string name) => string.Concat(name.Where(char.IsAsciiLetter));
}
