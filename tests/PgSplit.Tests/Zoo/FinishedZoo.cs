namespace PgSplit.Tests.Zoo;

/// <summary>The zoo, rebuilt on the target.</summary>
public sealed class FinishedZoo : IAsyncLifetime
{
    internal ZooPair Zoo { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        Zoo = await ZooPair.CreateAsync();
        await Zoo.CreateAllAsync();
    }

    public ValueTask DisposeAsync() => Zoo.DisposeAsync();
}
