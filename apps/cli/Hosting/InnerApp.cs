using Hdms.Contracts;
using Hdms.Kit.Database;
using Hdms.Kit.Hosting;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace Hdms.Cli.Hosting;

/// <summary>One of the applications that share the process: a service, or the web app.</summary>
/// <param name="Paths">As <see cref="Service.Paths"/>; none for the one that answers everything else.</param>
/// <param name="App">Built with <c>in_process</c> set.</param>
internal sealed record InnerApp(string Name, IReadOnlyList<string> Paths, WebApplication App)
{
    public static InnerApp Of(Service service, WebApplication app) => new(service.Name, [.. service.Paths, service.Feed, $"/openapi/{service.Name}.json"], app);

    public InnerApplication Application => App.Services.GetRequiredService<InProcessServer>().Application;

    /// <summary>Whether it reaches what it can't do without.</summary>
    public async Task<bool> IsReadyAsync(CancellationToken ct)
    {
        if (App.Services.GetService<ServiceDatabase>() is not { } database)
            return true;
        try
        {
            return await database.ReadAsync(async connection =>
            {
                await using var command = new NpgsqlCommand("SELECT 1", connection) { CommandTimeout = 2 };
                return await command.ExecuteScalarAsync(ct) is not null;
            }, ct);
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            return false;
        }
    }
}
