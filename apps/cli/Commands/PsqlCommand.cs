using System.CommandLine;
using System.Diagnostics;
using Hdms.Cli.Cluster;
using Hdms.Cli.Hosting;
using Hdms.Contracts;
using Hdms.Kit.Hosting;
using Npgsql;

namespace Hdms.Cli.Commands;

internal static class PsqlCommand
{
    static readonly Argument<string[]> Arguments = new("service")
    {
        Description = "A service, to be what it is and see what it sees; else the admin. What follows -- is psql's.",
        Arity = ArgumentArity.ZeroOrMore,
    };

    public static Command Create()
    {
        var command = new Command("psql", "Open a session with a service's database, wherever that is now.") { Arguments };
        command.SetAction(RunAsync);
        return command;
    }

    static async Task<int> RunAsync(ParseResult parsed, CancellationToken ct)
    {
        var installation = Installation.Of(parsed);
        var given = parsed.GetValue(Arguments)!;
        var service = AllServices.Contracts.FirstOrDefault(s => s.Name == given.FirstOrDefault());
        if (service is null && given is [var first, ..] && !first.StartsWith('-'))
            AllServices.Named(first);

        using var log = CliLog.CreateAside(installation.Settings);
        using var progress = new SlowWork();
        await using var server = await DatabaseServer.OpenAsync(installation, make: false, log.CreateLogger("hdms"), progress, ct);
        var to = new NpgsqlConnectionStringBuilder(await AddressAsync(server, service, ct));
        var programs = await ClientPrograms.FindAsync(installation.PgBin, await MajorAsync(to.ConnectionString, ct), ct);
        var start = new ProcessStartInfo(programs["psql"], service is null ? given : given.Skip(1));
        // In the environment, which only this user can read; arguments are everybody's.
        foreach (var (name, value) in PgEnvironment.Of(to))
            start.Environment[name] = value;
        using var psql = Process.Start(start)!;
        // Not ct: Ctrl-C is psql's, which cancels a statement with it and stays.
        await psql.WaitForExitAsync(CancellationToken.None);
        return psql.ExitCode;
    }

    static async Task<string> AddressAsync(DatabaseServer server, Service? service, CancellationToken ct)
    {
        if (service is null)
            return server.NeedAdminOf(Services.Users, server.Settings.Database(Services.Users.Name).Database);
        var home = await server.HomeOfAsync(service, ct);
        return server.ServiceConnectionString(service, home);
    }

    static async Task<int> MajorAsync(string connectionString, CancellationToken ct)
    {
        await using var connection = await DatabaseServer.OpenAsync(connectionString, ct);
        return connection.PostgreSqlVersion.Major;
    }
}
