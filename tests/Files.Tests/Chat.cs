using System.Collections.Concurrent;
using Hdms.Contracts;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Hdms.Files.Tests;

/// <summary>A server that speaks the one route of the communication service that files need: which messages somebody sees.</summary>
public sealed class Chat : IAsyncDisposable
{
    readonly ConcurrentDictionary<Guid, (MessageSight Message, ConcurrentDictionary<Guid, byte> SeenBy)> _messages = new();
    WebApplication? _app;

    public string Address => _app!.Urls.First();

    public async Task StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Logging.ClearProviders();
        _app = builder.Build();
        _app.MapPost("/api/v1/messages/sight", async (HttpContext http) =>
        {
            var asked = (await http.Request.ReadFromJsonAsync<MessageSightRequest>(Json.Tolerant))!;
            var seen = asked.MessageIds.Where(id => _messages.TryGetValue(id, out var m) && m.SeenBy.ContainsKey(asked.UserId)).Select(id => _messages[id].Message);
            await http.Response.WriteAsJsonAsync(new MessageSightAnswer([.. seen]), Json.Tolerant);
        });
        await _app.StartAsync();
    }

    /// <summary>A message that these people see.</summary>
    public Guid Add(Guid ticket, TestUser sender, bool sessionOpen, params TestUser[] seenBy)
    {
        var id = Guid.CreateVersion7();
        var people = new ConcurrentDictionary<Guid, byte>(seenBy.Append(sender).Select(u => KeyValuePair.Create(u.Id, (byte)0)));
        _messages[id] = (new MessageSight(id, ticket, sender.Id, sessionOpen), people);
        return id;
    }

    /// <summary>From now on this person sees nothing of the message's room.</summary>
    public void Remove(Guid message, TestUser user) => _messages[message].SeenBy.TryRemove(user.Id, out _);

    public async ValueTask DisposeAsync()
    {
        if (_app is not null)
            await _app.DisposeAsync();
    }
}
