using Hdms.Contracts;
using Hdms.Kit.Events;
using Microsoft.Extensions.DependencyInjection;

namespace Hdms.Users.Tests;

/// <summary>The service with an admin signed in, whose clock a test leaves alone: the admin's token would run out.</summary>
public class Given : IAsyncLifetime
{
    public Given()
        : this(new UsersApi())
    {
    }

    protected Given(UsersApi api) => Api = api;

    public UsersApi Api { get; }

    public HttpClient Admin { get; private set; } = new();

    public Guid AdminId { get; private set; }

    public async ValueTask InitializeAsync()
    {
        await Api.InitializeAsync();
        var admin = await Api.AddAsync(Role.Admin);
        (Admin, AdminId) = (await Api.AsAsync(admin), admin.Id);
    }

    /// <summary>The types of the events that gave a thing its versions, oldest first.</summary>
    public async Task<IReadOnlyList<string>> EventsAsync(Guid stream) =>
        [.. (await Api.Services.GetRequiredService<EventReader>().OfStreamAsync(stream, CancellationToken.None)).Where(e => e.StreamVersion is not null).Select(e => e.Type)];

    public async ValueTask DisposeAsync()
    {
        Admin.Dispose();
        await Api.DisposeAsync();
        GC.SuppressFinalize(this);
    }
}
