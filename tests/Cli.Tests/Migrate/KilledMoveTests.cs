using Hdms.Cli.Cluster;
using Hdms.Contracts;

namespace Hdms.Cli.Tests.Migrate;

/// <summary>
/// SIGKILL in the middle of a service's way, while people work: of what was acknowledged to them everything is there once, and the same
/// commands go on.
/// </summary>
public sealed class KilledMoveTests
{
    static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Theory]
    [Trait("Category", "Long")]
    [InlineData(Victim.Program, "start", 2500)]
    [InlineData(Victim.Program, "verify", 300)]
    [InlineData(Victim.Program, "switch", 700)]
    [InlineData(Victim.Program, "switch", 1100)]
    [InlineData(Victim.Program, "reverse", 700)]
    [InlineData(Victim.Program, "complete", 700)]
    [InlineData(Victim.Postgres, "start", 2500)]
    [InlineData(Victim.Postgres, "switch", 900)]
    [InlineData(Victim.Postgres, "reverse", 900)]
    [InlineData(Victim.Command, "start", 1500)]
    [InlineData(Victim.Command, "switch", 700)]
    public async Task Whoever_is_killed_whatever_was_acknowledged_is_there_once_and_the_same_command_goes_on(Victim victim, string during, int after)
    {
        await using var hdms = await MovingHdms.StartAsync();
        string[] way = ["start", "verify", "switch", .. during == "reverse" ? new[] { "reverse" } : [], .. during == "complete" ? new[] { "complete" } : []];
        foreach (var verb in way.TakeWhile(v => v != during))
            await hdms.MigrateAsync(verb, "tickets");

        await using var before = await PeopleAtWork.BeginAsync(hdms.Program, requesters: 2, mayFail: true);
        await before.GoesOnAsync(4);
        await using (var command = RealProgram.Begin(new Dictionary<string, string>(), 1, "migrate", during, "tickets", "--data", hdms.Data))
        {
            await Task.Delay(after, Ct);
            switch (victim)
            {
                case Victim.Program:
                    await hdms.KillAsync();
                    break;
                case Victim.Postgres:
                    ServerProcesses.Kill((await hdms.QueryAsync<int>("hdms_db", "SELECT split_part(pg_read_file('postmaster.pid'), E'\\n', 1)::integer")).Single());
                    break;
                default:
                    await command.StopAsync("KILL");
                    break;
            }

            await before.EndAsync();
            if (victim == Victim.Program)
            {
                // It may have gone on by itself, on the server that was left.
                await command.StopAsync();
                await hdms.UpAsync();
            }
        }

        foreach (var verb in way.SkipWhile(v => v != during))
            await InsistAsync(hdms, verb);
        (await hdms.HomeAsync(Services.Tickets)).ShouldBe(during == "reverse" ? "hdms_db" : "hdms_tickets");

        await using var people = await PeopleAtWork.BeginAsync(hdms.Program, requesters: 2, mayFail: true);
        await people.GoesOnAsync(4);
        await people.EndAsync();
        await hdms.HasOnceAsync(before);
        await hdms.HasOnceAsync(people);
    }

    /// <summary>Until it is done: a server that was killed is away for some seconds, and what was done already is said so.</summary>
    static async Task InsistAsync(MovingHdms hdms, string verb)
    {
        for (var tries = 10; ; tries--)
        {
            var result = await hdms.TryMigrateAsync(verb, "tickets");
            TestContext.Current.TestOutputHelper?.WriteLine($"$ hdms migrate {verb} tickets\n{result.Output}{result.Error}");
            if (result.ExitCode == ExitCode.Done)
                return;
            tries.ShouldBeGreaterThan(0, result.LastLine);
            // Killed in the middle, it may have to be compared again.
            if (verb == "switch" && result.Error.Contains("verify", StringComparison.Ordinal))
                await hdms.TryMigrateAsync("verify", "tickets");
            await Task.Delay(TimeSpan.FromSeconds(2), Ct);
        }
    }

    public enum Victim
    {
        /// <summary><c>hdms up</c>: the services and the streams.</summary>
        Program,

        /// <summary>The server's first process.</summary>
        Postgres,

        /// <summary>Whoever asked for it, in another terminal.</summary>
        Command,
    }
}
