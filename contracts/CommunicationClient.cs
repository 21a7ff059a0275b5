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
    /// <param name="messageIds">1 to 100.</param>
    /// <param name="role">As their token says; absent: as the communication service has heard of it.</param>
    public Task<MessageSightAnswer> MessagesSeenAsync(Guid userId, IReadOnlyList<Guid> messageIds, CancellationToken ct, Role? role = null) =>
        http.AskAsync<MessageSightAnswer>($"{Service.Api}/messages/sight", new MessageSightRequest(userId, messageIds, role), ct);
}

/// <summary>Somebody in front of messages: asked by another service on behalf of whoever has come to it.</summary>
/// <param name="MessageIds">1 to 100.</param>
/// <param name="Role">As their token says; absent: as the communication service has heard of it.</param>
public sealed record MessageSightRequest(Guid UserId, [property: MinLength(1), MaxLength(100)] IReadOnlyList<Guid> MessageIds, Role? Role = null);

/// <summary>Those that they see; the others are left out, whether they exist or not.</summary>
public sealed record MessageSightAnswer(IReadOnlyList<MessageSight> Messages);

/// <param name="SessionOpen">The chat to which it belongs still takes messages.</param>
public sealed record MessageSight(Guid Id, Guid TicketId, Guid SenderId, bool SessionOpen);
