// The hook as the guide describes it: a plain WebSocket, a heartbeat, and a few attempts to come back.
import { useCallback, useEffect, useRef, useState } from "react";
import { HOST, token } from "./settings.js";

export function useWebSocket({ path = "ws", onMessage, autoReconnect = true, reconnectInterval = 5000, maxReconnectAttempts = 5 } = {}) {
  const [isConnected, setIsConnected] = useState(false);
  const [lastMessage, setLastMessage] = useState(null);
  const socket = useRef(null);
  const attempts = useRef(0);
  const handler = useRef(onMessage);
  handler.current = onMessage;

  const connect = useCallback(() => {
    const opened = new WebSocket(`ws://${HOST}/api/v1/websocket/${path}?token=${token}`);
    socket.current = opened;
    let heartbeat;
    opened.onopen = () => {
      setIsConnected(true);
      attempts.current = 0;
      heartbeat = setInterval(() => opened.send(JSON.stringify({ type: "heartbeat" })), 30_000);
    };
    opened.onmessage = ({ data }) => {
      const message = JSON.parse(data);
      setLastMessage(message);
      handler.current?.(message);
    };
    opened.onclose = () => {
      clearInterval(heartbeat);
      setIsConnected(false);
      if (autoReconnect && socket.current === opened && attempts.current++ < maxReconnectAttempts) setTimeout(connect, reconnectInterval);
    };
  }, [path, autoReconnect, reconnectInterval, maxReconnectAttempts]);

  const disconnect = useCallback(() => {
    const closing = socket.current;
    socket.current = null;
    closing?.close();
  }, []);
  const sendMessage = useCallback((message) => {
    if (socket.current?.readyState === WebSocket.OPEN) socket.current.send(JSON.stringify(message));
  }, []);
  const subscribe = useCallback((channel) => sendMessage({ type: "subscribe", channel }), [sendMessage]);
  const sendLocation = useCallback((latitude, longitude, more = {}) => sendMessage({ type: "location_update", latitude, longitude, ...more, timestamp: new Date().toISOString() }), [sendMessage]);

  useEffect(() => {
    connect();
    return disconnect;
  }, [connect, disconnect]);
  return { isConnected, lastMessage, sendMessage, subscribe, sendLocation, connect, disconnect };
}
