using Dapper;
using Hdms.Cli.Import;
using Hdms.Cli.Monolith;
using Hdms.Contracts;
using Hdms.Testing;
using Npgsql;
using PgSplit.Load;

namespace Hdms.Cli.Tests.Import;

/// <summary>An old help desk, and a database in which its rows are made what the services' tables take, up to but without writing to those.</summary>
public sealed class OldDatabase : IAsyncLifetime
{
    internal static readonly MonolithPlan Plan = new(0.002);

    TestDatabase _old = null!;
    TestDatabase _new = null!;

    internal string Old => _old.ConnectionString;

    internal string Name => _old.Name;

    public async ValueTask InitializeAsync()
    {
        _old = await TestDatabase.CreateEmptyAsync();
        _new = await TestDatabase.CreateEmptyAsync();
        await _new.ProvisionAsync(Services.All);
        await using var connection = await OpenAsync(Old);
        await new FillMonolith(Plan, seed: 1, files: null, new Nobody()).RunAsync(connection, CancellationToken.None);
    }

    public async ValueTask DisposeAsync()
    {
        await _old.DisposeAsync();
        await _new.DisposeAsync();
    }

    internal Task<T> TransformedAsync<T>(Func<NpgsqlConnection, Task<T>> look, params (string Name, string Value)[] policies) =>
        TransformedAsync($"database:{Name}", null, look, policies);

    /// <summary>Looks at what has become of the rows, and takes it back.</summary>
    internal async Task<T> TransformedAsync<T>(string from, SourceFormat? format, Func<NpgsqlConnection, Task<T>> look, params (string Name, string Value)[] policies)
    {
        var file = Path.GetTempFileName();
        await File.WriteAllLinesAsync(file, policies.Length == 0 ? ["policies: {}"] : ["policies:", .. policies.Select(p => $"  {p.Name}: '{p.Value}'")]);
        var read = ImportPolicies.Read(file);
        File.Delete(file);
        var source = new ImportSource(from, format, 0, _new.ConnectionString);
        await using var connection = await OpenAsync(_new.ConnectionString);
        try
        {
            await ImportState.BeginAsync(connection, source.Name, read, CancellationToken.None);
            await using (var transaction = await connection.BeginTransactionAsync())
            {
                var (opened, unreadable) = await source.OpenAsync(read, new Nobody(), CancellationToken.None);
                await using (opened)
                    await ExportStep.RunAsync(opened, connection, read, unreadable, new Nobody(), CancellationToken.None);
                // Bytes of all of them, so that their rows are taken.
                await connection.ExecuteAsync("CREATE TABLE hdms_import.bytes AS SELECT id AS old, repeat('0', 64) AS sha256, file_size AS size FROM hdms_import.files_attachment");
                await TransformStep.FirstAsync(connection, read, new Nobody(), CancellationToken.None);
                await TransformStep.SecondAsync(connection, read, Task.CompletedTask, new Nobody(), CancellationToken.None);
                var seen = await look(connection);
                await transaction.RollbackAsync();
                return seen;
            }
        }
        finally
        {
            await connection.ExecuteAsync("DROP SCHEMA IF EXISTS hdms_import CASCADE");
            await source.CloseAsync(CancellationToken.None);
        }
    }

    internal static async Task<NpgsqlConnection> OpenAsync(string connectionString)
    {
        var connection = new NpgsqlConnection(connectionString);
        await connection.OpenAsync();
        return connection;
    }

    internal sealed class Nobody : IProgress<string>
    {
        public void Report(string value)
        {
        }
    }
}
