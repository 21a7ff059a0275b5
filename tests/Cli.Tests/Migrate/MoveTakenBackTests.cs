namespace Hdms.Cli.Tests.Migrate;

/// <summary>Moves on one installation that end where they began.</summary>
public sealed class MoveTakenBackTests(MoveTakenBackTests.World world) : IClassFixture<MoveTakenBackTests.World>
{
    MovingHdms Hdms => world.Hdms;

    [Fact]
    public async Task A_move_that_is_cancelled_leaves_the_service_as_it_was()
    {
        await Hdms.MigrateAsync("start", "files");

        (await Hdms.MigrateAsync("cancel", "files")).Trim().ShouldBe("files: the move is cancelled, at home in hdms_db as before");

        (await Hdms.QueryAsync<string>("hdms_files", "SELECT relname::text FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'")).ShouldBeEmpty();
        (await Hdms.QueryAsync<string>("hdms_db", "SELECT tgname::text FROM pg_trigger WHERE tgname LIKE 'pgsplit%'")).ShouldBeEmpty();
        await using var people = await PeopleAtWork.BeginAsync(Hdms.Program, requesters: 1);
        await people.GoesOnAsync(3);
        await people.EndAsync();
        await Hdms.HasOnceAsync(people);
    }

    [Fact]
    public async Task Nothing_is_switched_that_was_not_compared_and_nothing_ended_that_was_not_switched()
    {
        (await Hdms.TryMigrateAsync("switch", "users")).Error.Trim().ShouldBe("hdms: No move of the users service is open; begin one with: hdms migrate start users");
        var backup = (await RealProgram.RunAsync("backup", "--data", Hdms.Data)).Output.Trim();
        var backups = Directory.GetDirectories(Path.Combine(Hdms.Data, "backups"));
        await Hdms.MigrateAsync("start", "users", "--backup", backup);
        Directory.GetDirectories(Path.Combine(Hdms.Data, "backups")).ShouldBe(backups, ignoreOrder: true, "the one that was named will do");

        (await Hdms.TryMigrateAsync("switch", "users")).Error.Trim().ShouldBe("hdms: the verification is unverified → hdms migrate verify users, then switch");
        var early = await Hdms.TryMigrateAsync("complete", "users");
        early.Error.Trim().ShouldBe("hdms: only a switched move can be completed; users is InSync → hdms migrate switch users");
        early.ExitCode.ShouldBe(ExitCode.Failed);
        await Hdms.MigrateAsync("verify", "users");
        await Hdms.MigrateAsync("switch", "users");
        (await Hdms.TryMigrateAsync("cancel", "users")).Error.Trim().ShouldBe("hdms: the writes are at the target: cancelling users would lose them → hdms migrate reverse users, then cancel");

        await Hdms.MigrateAsync("reverse", "users");
        await Hdms.MigrateAsync("cancel", "users");
    }

    [Theory]
    [InlineData("migrate", "./hdms migrate plan all")]
    [InlineData("migrate switch", "./hdms migrate switch tickets --dry-run")]
    [InlineData("migrate complete", "./hdms migrate complete all --drop")]
    [InlineData("rollback", "./hdms rollback hdms-20261130T060000Z --dry-run")]
    public async Task Help_has_lines_to_copy(string command, string line) =>
        (await RealProgram.RunAsync([.. command.Split(' '), "--help"])).Output.ShouldContain(line);

    public sealed class World : IAsyncLifetime
    {
        internal MovingHdms Hdms { get; private set; } = null!;

        public async ValueTask InitializeAsync() => Hdms = await MovingHdms.StartAsync();

        public async ValueTask DisposeAsync()
        {
            if (Hdms is not null)
                await Hdms.DisposeAsync();
        }
    }
}
