import { QueryClientProvider } from '@tanstack/react-query';
import { RouterProvider } from '@tanstack/react-router';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { queryClient } from './api/query-client';
import { lostSince } from './api/connection';
import { ApiError } from './api/errors';
import { loadScripts, router } from './router';
import { leaveWhenSessionEnds } from './shell/leave';
import { applyTheme } from './ui/theme';

applyTheme();
leaveWhenSessionEnds();
// What was shown without a connection is read again as soon as there is one.
lostSince.subscribe(() => {
  if (lostSince.get() === null) void queryClient.invalidateQueries();
});

// The screen's script is fetched while it is found out who is signed in, not after.
void loadScripts();

const element = document.getElementById('console');
if (element === null) throw new Error('The page has no place for the console.');
createRoot(element, {
  // A connection that is lost is said on the page, and is no fault of it.
  onCaughtError: (error) => {
    if (!(error instanceof ApiError && error.isConnectionLost)) console.error(error);
  },
}).render(
  <StrictMode>
    <QueryClientProvider client={queryClient}>
      <RouterProvider router={router} />
    </QueryClientProvider>
  </StrictMode>,
);
