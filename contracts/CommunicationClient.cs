using System.ComponentModel.DataAnnotations;

namespace Hdms.Contracts;

/// <summary>
/// The communication service as other services ask it. Retries, timeouts and tokens are its <see cref="HttpClient"/>'s, whose base
/// address is the service's.
/// </summary>
/// <exception cref="ServiceCallException">The service said no, or could not be reached.</exception>
public sealed class CommunicationClient(HttpClient http)
{
    /// <summary>Those of these messages that somebody sees.</summary>
    public Task<MessageSightAnswer> MessagesSeenAsync(Guid userId, IReadOnlyList<Guid> messageIds, CancellationToken ct) =>
        http.AskAsync<MessageSightAnswer>($"{Service.Api}/messages/sight", new MessageSightRequest(userId, messageIds), ct);
}

/// <param name="MessageIds">1 to 100.</param>
public sealed record MessageSightRequest(Guid UserId, [property: MinLength(1), MaxLength(100)] IReadOnlyList<Guid> MessageIds);

public sealed record MessageSightAnswer(IReadOnlyList<MessageSight> Messages);

/// <param name="SessionOpen">The chat to which it belongs still takes messages.</param>
public sealed record MessageSight(Guid Id, Guid TicketId, Guid SenderId, bool SessionOpen);
