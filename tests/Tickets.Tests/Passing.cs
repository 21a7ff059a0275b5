namespace Hdms.Tickets.Tests;

/// <summary>Time that passes, with all that comes of it by itself.</summary>
sealed class Passing(TicketsApi api)
{
    public async Task PassAsync(TimeSpan by)
    {
        await SettledAsync();
        api.Clock.Advance(by);
        await SettledAsync();
    }

    /// <summary>Until nothing is due any more.</summary>
    public Task SettledAsync() => Eventually.ShouldAsync(async () => !await api.Database.ScalarAsync<bool>(
        "SELECT EXISTS (SELECT FROM ticket_timers WHERE due_at <= @now)", new { now = api.Clock.GetUtcNow() }));
}
