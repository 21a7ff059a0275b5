using System.Linq.Expressions;

namespace Hdms.Kit.Events;

/// <summary>Makes an event that carries a thing's whole state out of that state.</summary>
/// <typeparam name="TState">The base of the thing's events, with everything that its row has.</typeparam>
public static class Whole<TState>
    where TState : class
{
    /// <summary>A new <typeparamref name="TEvent"/> with every member of <paramref name="state"/>; the event's own members are left to the caller.</summary>
    /// <example><code>Whole&lt;TicketState&gt;.As&lt;TicketAssigned&gt;(ticket) with { PreviousAssigneeId = before.AssigneeId }</code></example>
    public static TEvent As<TEvent>(TState state)
        where TEvent : TState, new() => Copier<TEvent>.Copy(state);

    static class Copier<TEvent>
        where TEvent : TState, new()
    {
        public static readonly Func<TState, TEvent> Copy = Make();

        static Func<TState, TEvent> Make()
        {
            var from = Expression.Parameter(typeof(TState));
            var members = typeof(TState).GetProperties().Where(p => p.CanWrite).Select(p => Expression.Bind(p, Expression.Property(from, p)));
            return Expression.Lambda<Func<TState, TEvent>>(Expression.MemberInit(Expression.New(typeof(TEvent)), members), from).Compile();
        }
    }
}
