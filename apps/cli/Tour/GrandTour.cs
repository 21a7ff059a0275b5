using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using Hdms.Cli.Monolith;
using Hdms.Contracts;

namespace Hdms.Cli.Tour;

/// <summary>The way itself: reads as a person would go it (DESIGN section 13).</summary>
internal sealed partial class GrandTour(TourHouse house, double scale, int atWork)
{
    readonly Stopwatch _whole = Stopwatch.StartNew();
    readonly List<(string What, string Figure)> _counted = [];
    bool _lost;

    /// <returns>Whether nothing was lost.</returns>
    public async Task<bool> RunAsync(CancellationToken ct)
    {
        Chapter("The old help desk: one database, integer keys, foreign keys everywhere, and the flaws that years leave");
        await house.RunAsync(1, ct, "demo", "monolith", "--scale", scale.ToString(CultureInfo.InvariantCulture), "--files", house.PathOf("media"));

        Chapter("Its rows are imported while the old program writes on: copied and followed, transformed, written by each service's own role, compared");
        await ImportAsync(ct);

        Chapter("The new help desk: four services and a read side on one database, and people sign in with their old passwords");
        await house.UpAsync(ct);
        var people = new OldPeople(new MonolithPlan(scale), new Dice(1));
        await using var work = new TourPeople(house);
        var moderator = await ModeratorAsync(work, people, ct);
        await OldWritesAsync(moderator, ct);
        var requesters = Requesters(people);
        await work.BeginAsync(requesters, ct);
        Console.WriteLine($"  {requesters.Count} people raise tickets and talk from now on");

        Chapter("Phase 2: each service gets a database of its own, while they work");
        await MoveAsync(ct);

        await work.EndAsync();
        await CountPeopleAsync(work, moderator, ct);

        Chapter("A mistake is taken back from a backup");
        await RollBackAsync(work, people, ct);
        Print();
        return !_lost;
    }

    async Task ImportAsync(CancellationToken ct)
    {
        // Old and new are both there, whatever commands come and go.
        await using var server = await house.KeepServerAsync(ct);
        await using var program = house.Begin("demo", "old-program", "--users", "1", "--per-second", "20", "--acknowledged", house.PathOf("writes.jsonl"));
        await house.RunAsync(3, ct, "import", "--live", "--from", "database:monolith", "--files", house.PathOf("media"));
        var told = await house.RunAsync(2, ct, "import", "cutover", "--report", house.PathOf("import.html"));
        Console.WriteLine($"  the old program: {await program.EndedAsync(ct)}");
        Count("old rows imported while they were written to, each accounted for", Accounted().Match(told).Groups[1].Value);
        Count("the old help desk took no writes for", WritePause().Match(told).Groups[1].Value);
    }

    async Task OldWritesAsync(HttpClient moderator, CancellationToken ct)
    {
        if (!File.Exists(house.PathOf("writes.jsonl")))
            throw new OneLineError("The old program has not written down what was acknowledged to it: it never got in.");
        var raised = (await File.ReadAllLinesAsync(house.PathOf("writes.jsonl"), ct)).Select(l => JsonDocument.Parse(l).RootElement).Where(w => w.GetProperty("Action").GetString() == "raise").Select(w => w.GetProperty("Id").GetInt64()).Where(id => id > 0).ToList();
        var missing = 0;
        foreach (var old in raised)
            missing += await TourPeople.ReadAsync(moderator, $"/api/v1/tickets/by-old-id/{old}", ct) is null ? 1 : 0;
        Lost(missing);
        Count("tickets the old program raised, found by their old numbers", $"{raised.Count - missing:N0} of {raised.Count:N0}");
    }

    async Task MoveAsync(CancellationToken ct)
    {
        var started = Stopwatch.GetTimestamp();
        await house.RunAsync(5, ct, "migrate", "start", "all");
        var copied = Stopwatch.GetElapsedTime(started);
        var compared = Moves(await house.RunAsync(0, ct, "migrate", "verify", "all", "--json"));
        var rows = compared.Sum(m => m.GetProperty("rows").GetInt64());
        var differences = compared.Sum(m => m.GetProperty("differences").GetArrayLength());
        Lost(differences);
        Console.WriteLine($"  {rows:N0} rows compared, {differences} differ");
        List<double> pauses = [];
        // One by one: what is refused at a bad moment is asked for again, and each change is counted once.
        string[][] steps = [.. Services.All.Select(s => new[] { "switch", s.Name }), ["reverse", "tickets"], ["verify", "tickets"], ["switch", "tickets"]];
        foreach (var step in steps)
        {
            foreach (var move in Moves(await house.InsistAsync(ct, ["migrate", .. step, "--json"])).Where(m => m.TryGetProperty("pause_seconds", out _)))
            {
                pauses.Add(move.GetProperty("pause_seconds").GetDouble());
                Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"  {move.GetProperty("service").GetString(),-14} at home in {move.GetProperty("home").GetString()}; writers waited {pauses[^1] * 1000:N0} ms"));
            }
        }

        Count("rows moved to databases of their own", $"{rows:N0}, {rows / copied.TotalSeconds:N0} a second with a backup before");
        Count("rows that differ", $"{differences:N0}");
        Count("changes of home: five switches, one back, one there again", $"{pauses.Count}");
        Count("longest write pause", string.Create(CultureInfo.InvariantCulture, $"{pauses.Max() * 1000:N0} ms"));
    }

    async Task CountPeopleAsync(TourPeople work, HttpClient moderator, CancellationToken ct)
    {
        foreach (var failure in work.Requests.Failures.Take(5))
            Console.WriteLine($"  failed: {failure}");
        var lost = await work.LostAsync(moderator, ct);
        Lost(lost + work.Requests.Failures.Count);
        Count("requests served meanwhile", $"{work.Requests.Count:N0}");
        Count("failed", $"{work.Requests.Failures.Count:N0}");
        Count("slowest", string.Create(CultureInfo.InvariantCulture, $"{work.Requests.Slowest.TotalMilliseconds:N0} ms"));
        Count("tickets and messages acknowledged, each there once", $"{work.Raised + work.Said - lost:N0} of {work.Raised + work.Said:N0}");
    }

    async Task RollBackAsync(TourPeople work, OldPeople people, CancellationToken ct)
    {
        var backup = Path.GetFileName((await house.RunAsync(1, ct, "backup")).Trim());
        await house.RunAsync(1, ct, "psql", "tickets", "--", "-c", "UPDATE tickets SET title = 'Oops'");
        var started = Stopwatch.GetTimestamp();
        await house.RunAsync(2, ct, "rollback", backup, "--stop", "--yes");
        var took = Stopwatch.GetElapsedTime(started);
        await house.EndedAsync();
        await house.UpAsync(ct);
        var lost = await work.LostAsync(await ModeratorAsync(work, people, ct), ct);
        Lost(lost);
        Count("a mistake taken back by rollback", string.Create(CultureInfo.InvariantCulture, $"in {took.TotalSeconds:N1} s, {lost} lost"));
    }

    List<(string, string)> Requesters(OldPeople people) =>
        [.. people.All.Where(p => p is { Role: "requestor", IsActive: true, IsAuthorized: true } && p.Password.StartsWith("pbkdf2", StringComparison.Ordinal)).Take(atWork).Select(p => (p.Code, OldHash.PasswordOf(p.Code)))];

    static Task<HttpClient> ModeratorAsync(TourPeople work, OldPeople people, CancellationToken ct)
    {
        var moderator = people.All.First(p => p.Role == "moderator" && p.Password.StartsWith("pbkdf2", StringComparison.Ordinal));
        return work.SignInAsync(moderator.Code, OldHash.PasswordOf(moderator.Code), ct);
    }

    static List<JsonElement> Moves(string json) => [.. JsonDocument.Parse(json).RootElement.GetProperty("moves").EnumerateArray()];

    void Chapter(string title) => Console.WriteLine($"\n{_whole.Elapsed.TotalSeconds.ToString("N0", CultureInfo.InvariantCulture),4} s  {title}");

    void Count(string what, string figure) => _counted.Add((what, figure));

    void Lost(int count) => _lost |= count > 0;

    void Print()
    {
        Console.WriteLine();
        foreach (var (what, figure) in _counted)
            Console.WriteLine($"{what,-62} {figure}");
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{(_lost ? "SOMETHING WAS LOST" : "Nothing was lost")} in {_whole.Elapsed.TotalSeconds:N0} s"));
    }

    [GeneratedRegex("([0-9,]+) rows accounted for", RegexOptions.None, 1000)]
    private static partial Regex Accounted();

    [GeneratedRegex("write pause +([^,]+),", RegexOptions.None, 1000)]
    private static partial Regex WritePause();
}
