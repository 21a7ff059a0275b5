using Hdms.Cli.Commands;
using Hdms.Contracts;
using Hdms.Kit.Hosting;
using Hdms.Kit.Sagas;
using Hdms.Kit.Schema;
using Hdms.Testing;
using Microsoft.Extensions.Configuration;

namespace Hdms.Cli.Tests;

/// <summary>hdms sagas, on a made-up service whose saga rings at another one.</summary>
public sealed class SagasTests : IAsyncLifetime
{
    static readonly Service Bells = new("bells", 9009, ["/api/v1/bells"]);

    static readonly ServiceDefinition Definition = new(Bells, SchemaScript.Of(typeof(string).Assembly, Bells.Name, Bells.Role), settings =>
    {
        var builder = ServiceHost.CreateBuilder(Definition!, settings);
        builder.Services.AddSaga<Ring>(Ring.Type);
        return builder.Build().UseKit(_ => { });
    });

    TestDatabase _database = null!;

    static CancellationToken Ct => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _database = await TestDatabase.CreateAsync("bells", async template =>
    {
        await template.ProvisionAsync(Bells);
        await using var owner = new Npgsql.NpgsqlConnection(template.ConnectionStringOf(Bells.OwnerRole));
        await owner.OpenAsync();
        await Definition.Schema.MigrateAsync(owner, null, CancellationToken.None);
    });

    public ValueTask DisposeAsync() => _database.DisposeAsync();

    [Fact]
    public async Task A_stuck_saga_goes_on()
    {
        var id = await StuckAsync("1 day");

        await RetryAsync(id);

        (await _database.ScalarAsync<string>("SELECT state FROM bells_sagas WHERE id = @id", new { id })).ShouldNotBe("stuck");
        (await Should.ThrowAsync<OneLineError>(() => RetryAsync(id))).Message.ShouldBe($"There is no stuck saga {id} in bells.");
    }

    [Fact]
    public async Task A_call_that_might_be_made_twice_is_repeated_only_by_force()
    {
        var id = await StuckAsync("31 days");

        var refused = await Should.ThrowAsync<OneLineError>(() => RetryAsync(id));
        refused.Code.ShouldBe(ExitCode.Failed);
        refused.Message.ShouldContain("Look there, then give --force.");
        refused.Message.ShouldNotContain("\n");
        (await _database.ScalarAsync<string>("SELECT state FROM bells_sagas WHERE id = @id", new { id })).ShouldBe("stuck");

        await RetryAsync(id, force: true);
        (await _database.ScalarAsync<string>("SELECT state FROM bells_sagas WHERE id = @id", new { id })).ShouldNotBe("stuck");
    }

    [Fact]
    public async Task A_service_that_is_not_there_is_named()
    {
        var asked = await RealProgram.RunAsync("sagas", "retry", "nobody", $"{Guid.NewGuid()}", "--force");

        asked.ExitCode.ShouldBe(ExitCode.WrongUsage);
        asked.Error.ShouldStartWith("hdms: There is no service 'nobody'");
    }

    async Task<Guid> StuckAsync(string ago)
    {
        var id = Guid.CreateVersion7();
        await _database.ExecuteAsync(
            """
            INSERT INTO bells_sagas (id, type, subject, state, step, stuck_in, tried, data, error, step_since)
            VALUES (@id, 'ring', @id::text, 'stuck', 'ring', 'running', true, '{}', 'nobody answers', now() - @ago::interval)
            """, new { id, ago });
        return id;
    }

    Task RetryAsync(Guid id, bool force = false)
    {
        var settings = _database.Settings();
        settings["service_key"] = Convert.ToBase64String(new byte[32]);
        return SagasCommand.RetryAsync(new ConfigurationBuilder().AddInMemoryCollection(settings).Build(), Definition, id, force, Ct);
    }

    sealed class Ring : Saga<Ring.Data>
    {
        public const string Type = "ring";

        public sealed record Data;

        public override IReadOnlyList<SagaStep<Data>> Steps => [Call("ring", (saga, _) => Task.FromResult(saga.Done()))];
    }
}
