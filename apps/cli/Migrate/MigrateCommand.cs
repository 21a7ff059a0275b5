using System.CommandLine;
using System.Text.Json;
using Hdms.Cli.Commands;
using Hdms.Cli.Hosting;
using Hdms.Contracts;
using PgSplit;

namespace Hdms.Cli.Migrate;

/// <summary>
/// <c>hdms migrate VERB SERVICE|all</c>: services go from the database they share to one of their own, and back, while people work. The
/// verbs are those of <c>pgsplit</c>; map, roles and configuration are this program's business.
/// </summary>
internal static class MigrateCommand
{
    const string All = "all";

    static readonly Argument<string> Which = new("service") { Description = $"{string.Join(", ", AllServices.Contracts.Select(s => s.Name))} or {All}" };

    static readonly Argument<string> WhichOrAll = new("service") { Description = Which.Description, DefaultValueFactory = _ => All };

    static readonly Option<bool> AsJson = new("--json") { Description = "For programs: one JSON document on standard output", Recursive = true };

    public static Command Create()
    {
        var command = new Command("migrate", "Take services to databases of their own, and back, while they run.")
        {
            PlanMove.Create(), BeginMove.CreatePrepare(), BeginMove.CreateStart(), RunMoves.Create(), ShowMoves.Create(), VerifyMove.Create(), VerifyMove.CreateRepair(),
            SwitchMove.CreateSwitch(), SwitchMove.CreateReverse(), EndMove.CreateComplete(), EndMove.CreateCancel(), EndMove.CreateResume(),
        };
        command.Options.Add(AsJson);
        Help.Show(
            command,
            "./hdms migrate plan all",
            "./hdms migrate start tickets       a backup, the database hdms_tickets, a copy that is kept up",
            "./hdms migrate verify tickets      every row of both",
            "./hdms migrate switch tickets      writers wait for a moment",
            "./hdms migrate reverse tickets     back, with all that was written since",
            "./hdms migrate complete tickets    no way back any more");
        return command;
    }

    /// <param name="one">What it does for each service that is named, one after another; its answer is for <c>--json</c>.</param>
    public static Command Verb(string name, string description, Func<MigrateCall, Service, CancellationToken, Task<object?>> one, params string[] examples) =>
        Verb(name, description, optional: false, (call, ct) => EachAsync(call, one, ct), examples);

    /// <param name="optional">Whether no name stands for all.</param>
    public static Command Verb(string name, string description, bool optional, Func<MigrateCall, CancellationToken, Task<IReadOnlyList<object?>>> run, params string[] examples)
    {
        var which = optional ? WhichOrAll : Which;
        var command = new Command(name, description) { which };
        Help.Show(command, examples);
        command.SetAction(async (parsed, ct) =>
        {
            var installation = Installation.Of(parsed);
            var named = parsed.GetValue(which)!;
            var services = named == All ? AllServices.Contracts : [AllServices.Named(named)[0].Service];
            using var log = CliLog.CreateAside(installation.Settings);
            using var slow = new SlowWork();
            await using var server = await DatabaseServer.OpenAsync(installation, make: false, log.CreateLogger("hdms"), slow, ct);
            var call = new MigrateCall(parsed, server, services, named, parsed.GetValue(AsJson), slow);
            var answers = await run(call, ct);
            if (call.AsJson)
                Console.WriteLine(JsonSerializer.Serialize(new { Moves = answers.Where(a => a is not null) }, AnswerJson.Options));
            return call.ExitCode;
        });
        return command;
    }

    public static async Task<IReadOnlyList<object?>> EachAsync(MigrateCall call, Func<MigrateCall, Service, CancellationToken, Task<object?>> one, CancellationToken ct)
    {
        var answers = new List<object?>();
        foreach (var service in call.Services)
            answers.Add(await MigrateCall.TryAsync(service, () => one(call, service, ct)));
        return answers;
    }

    /// <summary>
    /// The same, two at a time: for what nobody waits for at its end. Each move has sessions and slots of its own, and waits more than it
    /// works; more at once would be felt by those who use the services. After one that fails no other is begun.
    /// </summary>
    public static async Task<IReadOnlyList<object?>> TogetherAsync(MigrateCall call, Func<MigrateCall, Service, CancellationToken, Task<object?>> one, CancellationToken ct)
    {
        var answers = new object?[call.Services.Count];
        await Parallel.ForEachAsync(
            Enumerable.Range(0, answers.Length), new ParallelOptions { MaxDegreeOfParallelism = 2, CancellationToken = ct },
            // Not the loop's token: what goes on beside one that fails comes to its end.
            async (n, _) => answers[n] = await MigrateCall.TryAsync(call.Services[n], () => one(call, call.Services[n], ct)));
        return answers;
    }
}

/// <summary>One call of a verb.</summary>
/// <param name="Named">As it was asked for: a service, or all.</param>
internal sealed record MigrateCall(ParseResult Parsed, DatabaseServer Server, IReadOnlyList<Service> Services, string Named, bool AsJson, SlowWork Slow)
{
    public int ExitCode { get; set; } = Cli.ExitCode.Done;

    public bool IsOfAll => Services.Count > 1;

    public MigrateProgress Progress(Service service) => new(service.Name, AsJson, TimeProvider.System);

    /// <summary>An answer, for people.</summary>
    public void Tell(string sentence)
    {
        if (!AsJson)
            Console.WriteLine(sentence);
    }

    public static async Task<T> TryAsync<T>(Service service, Func<Task<T>> work)
    {
        try
        {
            return await work();
        }
        catch (PgSplitException e)
        {
            throw MigrateWords.Error(e, service.Name);
        }
    }
}
