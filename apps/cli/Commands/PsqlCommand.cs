using System.CommandLine;
using System.Diagnostics;
using Hdms.Cli.Cluster;
using Hdms.Cli.Hosting;
using Hdms.Contracts;
using Hdms.Kit.Hosting;
using Hdms.Kit.Schema;
using Npgsql;

namespace Hdms.Cli.Commands;

internal static class PsqlCommand
{
    const string Report = "report";

    static readonly Argument<string[]> Arguments = new("service")
    {
        Description = "A service, to be what it is and see what it sees; report, to read what people may of all services; else the admin. What follows -- is psql's.",
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
        var report = given.FirstOrDefault() == Report;
        if (report)
            given = given[1..];
        var service = AllServices.Contracts.FirstOrDefault(s => s.Name == given.FirstOrDefault());
        if (service is null && given is [var first, ..] && !first.StartsWith('-'))
            AllServices.Named(first);

        using var log = CliLog.CreateAside(installation.Settings);
        using var progress = new SlowWork();
        await using var server = await DatabaseServer.OpenAsync(installation, make: false, log.CreateLogger("hdms"), progress, ct);
        var to = new NpgsqlConnectionStringBuilder(report ? await ReportAddressAsync(server, service ?? Services.Users, ct) : await AddressAsync(server, service, ct));
        var programs = await ClientPrograms.FindAsync(installation.PgBin, await MajorAsync(to.ConnectionString, ct), ct);
        var start = new ProcessStartInfo(programs["psql"], service is null ? given : given.Skip(1));
        // In the environment, which only this user can read; arguments are everybody's.
        foreach (var (name, value) in PgEnvironment.Of(to))
            start.Environment[name] = value;
        if (report)
            start.Environment["PGOPTIONS"] = $"-c role={ReportView.Reader} -c search_path={ReportView.Schema} -c default_transaction_read_only=on";
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

    // The reader may not sign in, unless an operator lets it, so the admin does and becomes it.
    static async Task<string> ReportAddressAsync(DatabaseServer server, Service service, CancellationToken ct) =>
        server.NeedAdminOf(service, await server.HomeOfAsync(service, ct));

    static async Task<int> MajorAsync(string connectionString, CancellationToken ct)
    {
        await using var connection = await DatabaseServer.OpenAsync(connectionString, ct);
        return connection.PostgreSqlVersion.Major;
    }
}
