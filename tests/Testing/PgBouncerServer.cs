using System.Diagnostics;
using System.Globalization;
using Hdms.Cli.Cluster;
using Npgsql;

namespace Hdms.Testing;

/// <summary>A real PgBouncer before a test's cluster, with one pool, <c>app</c>, in transaction mode. Anybody may use it, and its console.</summary>
public sealed class PgBouncerServer : IAsyncDisposable
{
    readonly TestDirectory _directory = TestDirectory.Create();
    Process? _process;

    public int Port { get; } = FreePort.Find();

    /// <summary>Its configuration, whose line for <c>app</c> says where the pool leads.</summary>
    public string ConfigFile => Path.Combine(_directory.Path, "pgbouncer.ini");

    /// <summary>Of the admin console.</summary>
    public string ConsoleUrl => $"postgres://admin@127.0.0.1:{Port}/pgbouncer";

    /// <summary>For clients of the pool.</summary>
    public string ConnectionString => new NpgsqlConnectionStringBuilder
    {
        Host = "127.0.0.1",
        Port = Port,
        Database = "app",
        Username = "app",
        Pooling = false,
        NoResetOnClose = true,
    }.ConnectionString;

    /// <param name="database">Connection string of the database that the pool leads to at first.</param>
    public static async Task<PgBouncerServer> StartAsync(string database, CancellationToken ct = default)
    {
        var bouncer = new PgBouncerServer();
        var to = new NpgsqlConnectionStringBuilder(database);
        await File.WriteAllTextAsync(bouncer.ConfigFile,
            $"""
            [databases]
            app = host=127.0.0.1 port={to.Port} dbname={to.Database} user={to.Username} password={to.Password}
            [pgbouncer]
            listen_addr = 127.0.0.1
            listen_port = {bouncer.Port}
            unix_socket_dir =
            auth_type = any
            admin_users = admin
            pool_mode = transaction
            """, ct);
        string[] command = (await ServerUser.FindAsync(ct)).Run("pgbouncer", "-q", bouncer.ConfigFile);
        bouncer._process = Process.Start(new ProcessStartInfo(command[0], command[1..]) { WorkingDirectory = bouncer._directory.Path })!;
        await Eventually.ShouldAsync(bouncer.AnswersAsync);
        return bouncer;
    }

    public async ValueTask DisposeAsync()
    {
        if (_process is not null)
        {
            _process.Kill();
            await _process.WaitForExitAsync();
            _process.Dispose();
        }

        _directory.Dispose();
    }

    async Task<bool> AnswersAsync()
    {
        if (_process!.HasExited)
            throw new InvalidOperationException($"pgbouncer ended with exit code {_process.ExitCode.ToString(CultureInfo.InvariantCulture)}");
        try
        {
            await using var connection = new NpgsqlConnection(ConnectionString);
            await connection.OpenAsync();
            return true;
        }
        catch (NpgsqlException)
        {
            return false;
        }
    }
}
