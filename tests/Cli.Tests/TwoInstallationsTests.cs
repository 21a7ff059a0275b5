using Hdms.Cli.Provisioning;
using Hdms.Contracts;
using Hdms.Testing;

namespace Hdms.Cli.Tests;

/// <summary>Two data directories on one server that is neither's own. Roles belong to the server, so both mean the same ones.</summary>
public sealed class TwoInstallationsTests(TwoInstallationsTests.World world) : IClassFixture<TwoInstallationsTests.World>
{
    static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_second_stops_with_one_line_until_it_is_given_the_passwords_and_the_first_goes_on()
    {
        string[] first = ["migrate-schema", "--data", world.Data("first")], second = ["migrate-schema", "--data", world.Data("second")];
        var settings = world.On("hdms_one");
        (await RealProgram.RunAsync(settings, first)).ExitCode.ShouldBe(ExitCode.Done);
        var before = await world.RolesAsync();

        // In a database of its own: the roles are the same all the same.
        var stopped = await RealProgram.RunAsync(world.On("hdms_two"), second);

        stopped.ExitCode.ShouldBe(ExitCode.WrongUsage);
        var roles = Services.All.SelectMany(s => new[] { $"hdms_{s.Name}", $"hdms_{s.Name}_owner" });
        var passwords = Services.All.SelectMany(s => new[] { $"{s.Name}_password", $"{s.Name}_owner_password" }).ToList();
        stopped.Error.Trim().ShouldBe(
            $"hdms: {world.Cluster.Socket}:{world.Cluster.Port} has {string.Join(", ", roles)} already, and {world.Data("second")}/secrets.json does not have the password. "
            + $"Nothing was changed. Set {string.Join(", ", passwords)}; the installation that made them has it in its secrets.json.");
        (await world.RolesAsync()).ShouldBe(before);
        (await world.Cluster.ScalarAsync<long>("SELECT count(*) FROM pg_database WHERE datname = 'hdms_two'")).ShouldBe(0);
        await WorksAsync(settings, "first");

        var kept = new Secrets(world.Data("first"));
        var given = world.On(
            "hdms_two",
            [.. passwords.Select(name => ($"HDMS_{name.ToUpperInvariant()}", kept[name]))]);
        var started = await RealProgram.RunAsync(given, second);
        started.ExitCode.ShouldBe(ExitCode.Done, started.Error);
        await WorksAsync(given, "second");
        await WorksAsync(settings, "first");
    }

    [Fact]
    public async Task Whoever_has_the_passwords_goes_on_without_changing_them_also_in_a_database_still_to_be_made()
    {
        var secrets = new Secrets(world.Data("keeper"));
        Service[] services = [new("zeta", 9006, [])];
        await world.Provisioner(secrets).EnsureAsync("hdms_zeta", services, Ct);
        var before = await world.RolesAsync();

        await world.Provisioner(secrets).EnsureAsync("hdms_zeta", services, Ct);
        await world.Provisioner(secrets).EnsureAsync("hdms_zeta_later", services, Ct);

        (await world.RolesAsync()).ShouldBe(before);
        (await world.Cluster.ScalarAsync<bool>("SELECT has_database_privilege('hdms_zeta', 'hdms_zeta_later', 'CONNECT')")).ShouldBeTrue();
    }

    [Fact]
    public async Task One_role_of_others_is_enough_to_change_none()
    {
        Service[] services = [new("eta", 9007, []), new("theta", 9008, [])];
        await world.Cluster.ExecuteAsync("CREATE ROLE hdms_theta LOGIN PASSWORD 'of others'");

        (await Should.ThrowAsync<OneLineError>(() => world.Provisioner(new Secrets(world.Data("mixed"))).EnsureAsync("hdms_mixed", services, Ct)))
            .Message.ShouldContain("Set theta_password;");

        (await world.Cluster.ScalarAsync<long>("SELECT count(*) FROM pg_roles WHERE rolname ~ '^hdms_(eta|theta)'")).ShouldBe(1);
    }

    async Task WorksAsync(Dictionary<string, string> settings, string data)
    {
        var asked = await RealProgram.RunAsync(settings, "psql", "users", "--data", world.Data(data), "--", "-Atc", "SELECT current_user");
        asked.Output.Trim().ShouldBe("hdms_users", asked.Error);
    }

    /// <summary>A server that an admin lets two installations use.</summary>
    public sealed class World : IAsyncLifetime
    {
        readonly TestDirectory _directory = TestDirectory.Create();

        public TestCluster Cluster { get; private set; } = null!;

        public string Data(string name) => Path.Combine(_directory.Path, name);

        public async ValueTask InitializeAsync() => Cluster = await TestCluster.StartDurableAsync(Ct);

        internal Provisioner Provisioner(Secrets secrets) => new(Cluster.ConnectionString(), secrets, ours: false);

        internal Dictionary<string, string> On(string database, params IEnumerable<(string Name, string Value)> more)
        {
            var settings = new Dictionary<string, string>
            {
                ["HDMS_DATABASE"] = Cluster.Address(database),
                ["HDMS_ADMIN_DATABASE"] = Cluster.ConnectionString(),
            };
            foreach (var (name, value) in more)
                settings[name] = value;
            return settings;
        }

        /// <summary>Every role with what is stored for its password, which is another one whenever it is set.</summary>
        internal async Task<string?> RolesAsync() => await Cluster.ScalarAsync<string>(
            "SELECT string_agg(rolname || ' ' || rolcanlogin || ' ' || coalesce(rolpassword, ''), ', ' ORDER BY rolname) FROM pg_authid");

        public async ValueTask DisposeAsync()
        {
            await Cluster.DisposeAsync();
            _directory.Dispose();
        }
    }
}
